/** Publishes through the sidecar of a running service, past the service. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { eventually } from '../eventually.ts';
import type { Platform } from '../platform.ts';

export interface Publication {
  /** Whose sidecar it leaves by: one that may publish to the topic. */
  readonly appId: string;
  readonly topic: string;
  /** Decides on the partition; the key of the message, in life. */
  readonly partitionKey: string;
  /** A CloudEvent; a text goes as it is. */
  readonly event: object | string;
}

export async function publish(
  platform: Platform,
  { appId, topic, partitionKey, event }: Publication,
): Promise<void> {
  const processes = await platform.processes();
  const sidecar = processes.find((process) => process.kind === 'sidecar' && process.appId === appId);
  const isText = typeof event === 'string';
  const query = new URLSearchParams({ 'metadata.partitionKey': partitionKey });
  if (isText) query.set('metadata.rawPayload', 'true');
  const url = `http://127.0.0.1:${sidecar?.ports['http']}/v1.0/publish/pubsub/${topic}?${query.toString()}`;
  const token = await readFile(join(platform.data, 'dapr', 'api-token'), 'utf8');
  const request = {
    method: 'POST',
    body: isText ? event : JSON.stringify(event),
    headers: {
      'content-type': isText ? 'text/plain' : 'application/cloudevents+json',
      'dapr-api-token': token.trim(),
    },
  };
  // A topic that has just been made refuses its first messages for some seconds, as an outbox knows, too.
  await eventually(`${topic} takes a message`, async () => (await fetch(url, request)).status === 204);
}
