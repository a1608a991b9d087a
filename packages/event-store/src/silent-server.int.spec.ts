import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { Pool } from 'pg';
import { createDeciderProcessor } from './decider-processor.ts';
import { CommitUnknownError, StoreUnavailableError } from './errors.ts';
import { appendOne, event, withStore } from './spec-support.ts';

/** A server whose machine goes away without a word: what comes after the given text is received and never answered. */
async function startSilencer(connectionString: string) {
  let lastWords: string | undefined;
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(connectionString);
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      if (lastWords !== undefined && data.includes(lastWords)) {
        lastWords = undefined;
        server.removeAllListeners('data');
        server.resume();
      }
      server.write(data);
    });
    server.on('data', (data) => client.write(data));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(connectionString);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    /** The next connection that says this is not answered from then on. */
    silenceAfter: (words: string) => void (lastWords = words),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

const withSilencer = (fn: (scene: Scene) => Promise<void>) =>
  withStore(async ({ another, database, onEnd }) => {
    const silencer = await startSilencer(database.connectionString);
    const pool = new Pool({ connectionString: silencer.url, pipeline: true, query_timeout: 2_000 });
    pool.on('error', () => undefined);
    onEnd(async () => {
      await pool.end();
      silencer.stop();
    });
    await fn({ ...silencer, store: another({ pool }) });
  });

interface Scene extends Pick<Awaited<ReturnType<typeof startSilencer>>, 'silenceAfter'> {
  readonly store: Parameters<typeof appendOne>[0];
}

test('a server that is silent inside the work is taken to be gone; the next transaction succeeds', () =>
  withSilencer(async ({ store, silenceAfter }) => {
    const asked = store.transaction(['s'], async (tx) => {
      silenceAfter('SELECT 42');
      await tx.client.query('SELECT 42');
    });
    await assert.rejects(asked, StoreUnavailableError);
    await appendOne(store, 's', 0);
  }));

test('a server that is silent after a COMMIT leaves its outcome unknown; the next message is handled', () =>
  withSilencer(async ({ store, silenceAfter }) => {
    const processor = createDeciderProcessor({
      store,
      consumer: 'notes',
      streamOf: ({ id }: { readonly id: string; readonly messageId: string }) => id,
      decider: {
        initialState: 0,
        decide: () => ({ events: [event()], messages: [], result: 'noted' }),
        evolve: (count: number) => count + 1,
      },
    });
    const submit = (n: number) => processor.submit({ id: `s${n}`, messageId: `${n}` });
    await submit(1);
    // As it ends on the wire: to be told from READ COMMITTED.
    silenceAfter('COMMIT\0');
    const [second, third] = await Promise.allSettled([submit(2), submit(3)]);
    for (const { reason } of [second, third] as PromiseRejectedResult[])
      assert.ok(reason instanceof CommitUnknownError, String(reason));
    assert.equal((await submit(4)).kind, 'handled');
    // It had committed, after all: what is asked again is known.
    assert.deepEqual(await Promise.all([submit(2), submit(3)]), [
      { kind: 'duplicate' },
      { kind: 'duplicate' },
    ]);
  }));
