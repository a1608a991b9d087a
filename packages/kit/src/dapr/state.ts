/** State behind the sidecar: the first of two writers wins. */
import type { StateStore } from '../ports.ts';
import { expectSuccess } from './client.ts';
import type { SidecarClient } from './client.ts';

export interface DaprStateOptions<T> {
  readonly client: SidecarClient;
  /** Name of the state component. */
  readonly store: string;
  /** Throws where a value is not one; what it returns is the value. */
  readonly parse: (value: unknown) => T;
}

/**
 * Redis takes a write with an etag where the key is not there at all, so a key is read before it is changed: a
 * change that races with the deletion or the expiry of its key may bring it back, never overwrite another value.
 */
export function createDaprState<T>({ client, store, parse }: DaprStateOptions<T>): StateStore<T> {
  const root = `/v1.0/state/${encodeURIComponent(store)}`;
  const pathOf = (key: string) => `${root}/${encodeURIComponent(key)}`;

  const get: StateStore<T>['get'] = async (key) => {
    const path = `${pathOf(key)}?consistency=strong`;
    const answer = expectSuccess(await client.request({ method: 'GET', path }), `read a key of ${store}`);
    const { etag } = answer.headers;
    if (answer.status === 204 || answer.text === '' || typeof etag !== 'string') return undefined;
    return { value: parse(JSON.parse(answer.text)), etag };
  };
  const isStale = async (key: string, etag: string) => (await get(key))?.etag !== etag;

  return {
    get,
    put: async (key, value, { etag, ttlSeconds }) => {
      if (etag !== undefined && (await isStale(key, etag))) return 'conflict';
      const entry = {
        key,
        value,
        ...(etag !== undefined && { etag }),
        // Without this, a value would keep the time limit of the one before it.
        metadata: { ttlInSeconds: String(ttlSeconds ?? -1) },
        options: { concurrency: 'first-write', consistency: 'strong' },
      };
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify([entry]);
      const answer = await client.request({ method: 'POST', path: root, headers, body });
      if (answer.status === 409) return 'conflict';
      // A write without an etag fails as any other would; that the key is there tells that it came second.
      if (answer.status > 299 && etag === undefined && (await get(key)) !== undefined) return 'conflict';
      expectSuccess(answer, `write a key of ${store}`);
      return 'saved';
    },
    delete: async (key, etag) => {
      if (etag !== undefined && (await isStale(key, etag))) return 'conflict';
      const headers = etag === undefined ? {} : { 'if-match': etag };
      const path = `${pathOf(key)}?concurrency=${etag === undefined ? 'last-write' : 'first-write'}`;
      const answer = await client.request({ method: 'DELETE', path, headers });
      if (answer.status === 409) return 'conflict';
      expectSuccess(answer, `delete a key of ${store}`);
      return 'deleted';
    },
  };
}
