/** A message on the wire: a CloudEvent in JSON, made here so that nothing of it is left to the sidecar. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Message } from '../ports.ts';

/**
 * Always carries the trace fields, empty where there is no trace: the sidecar fills in what is missing, with a
 * trace of its own.
 */
export function toCloudEvent(message: Message): Readonly<Record<string, unknown>> {
  const { id, topic, key, type, time, source, traceparent = '', data } = message;
  return {
    specversion: '1.0',
    id,
    type,
    source,
    subject: key,
    time,
    topic,
    traceparent,
    traceid: traceparent,
    tracestate: '',
    datacontenttype: 'application/json',
    data: data ?? null,
  };
}

const cloudEvent = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  source: z.string().min(1),
  subject: z.string(),
  time: z.string().min(1),
  topic: z.string().min(1),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

/** Undefined for what is not a message of this platform. */
export function fromCloudEvent(event: unknown): Message | undefined {
  const parsed = cloudEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { subject: key, traceparent, ...rest } = parsed.data;
  return { ...rest, key, ...(traceparent && { traceparent }) };
}

export interface Salvaged {
  readonly message: Message;
  /** False: something strange, which is the data of the message. */
  readonly isOurs: boolean;
}

/**
 * Makes a message of anything, since a dead letter must be kept whatever it is: missing parts are `unknown`, and
 * the id of what has none follows from its content. A raw delivery, which wraps the payload in base64, is unwrapped.
 */
export function salvage(delivered: unknown, now: Date): Salvaged {
  const event = unwrapped(delivered);
  const message = fromCloudEvent(event);
  return message === undefined
    ? { message: messageOf(event, now), isOurs: false }
    : { message, isOurs: true };
}

function messageOf(event: unknown, now: Date): Message {
  const fields = z.record(z.string(), z.unknown()).safeParse(event).data ?? {};
  const text = (name: string, missing: string): string => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : missing;
  };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(event) ?? '')
    .digest('hex');
  return {
    id: text('id', fingerprint),
    topic: text('topic', 'unknown'),
    key: text('subject', ''),
    type: text('type', 'unknown'),
    time: text('time', now.toISOString()),
    source: text('source', 'unknown'),
    data: event,
  };
}

const raw = z.object({ data_base64: z.string() });

function unwrapped(delivered: unknown): unknown {
  const wrapped = raw.safeParse(delivered);
  if (!wrapped.success) return delivered;
  const text = Buffer.from(wrapped.data.data_base64, 'base64').toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so the text itself is all there is to keep.
    return text;
  }
}
