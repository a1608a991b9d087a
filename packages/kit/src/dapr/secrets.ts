/** Configuration that is kept in the sidecar's secret store. */
import { z } from 'zod';
import type { Environment } from '../config.ts';
import { expectSuccess } from './client.ts';
import type { SidecarClient } from './client.ts';

const values = z.record(z.string(), z.string());

/**
 * The keys of a secret. A store whose secrets hold one text each answers with the secret's own name as the only
 * key: its text is a JSON object then. Throws `SidecarError` where there is no such secret.
 */
export async function readSecret(client: SidecarClient, store: string, name: string): Promise<Environment> {
  const path = `/v1.0/secrets/${encodeURIComponent(store)}/${encodeURIComponent(name)}`;
  const doing = `read the secret ${name} of ${store}`;
  const { text } = expectSuccess(await client.request({ method: 'GET', path }), doing);
  const read = values.parse(JSON.parse(text || '{}'));
  const only = read[name];
  const isSingle = only !== undefined && Object.keys(read).length === 1;
  return isSingle ? values.parse(JSON.parse(only)) : read;
}
