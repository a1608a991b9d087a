/** The servers of the specs that need other stores, of sidecars too: one of each kind for a run, which the specs share under names of their own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startElasticsearch, startMongodb, startRedis } from '@ecommercestack/local/parts';
import type { Spec } from './specs.ts';

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** By the variable that tells a spec where the server is. */
const SERVERS: Readonly<Record<string, (dir: string) => Promise<Server>>> = {
  ELASTICSEARCH_URL: (dir) => startElasticsearch({ dir }),
  MONGODB_URL: (dir) => startMongodb({ dir }),
  REDIS_URL: (dir) => startRedis({ dir }),
};

/**
 * Sets the variables for `run` and the processes it starts. A server is started where a spec names its variable in its
 * own text and the environment does not give it. Throws `MissingPartError`.
 */
export async function withTestStores<T>(
  specs: readonly Spec[],
  run: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const texts = await Promise.all(
    specs.filter(({ tier }) => ['stores', 'dapr'].includes(tier)).map(({ file }) => readFile(file, 'utf8')),
  );
  const wanted = Object.entries(SERVERS).filter(
    ([variable]) => process.env[variable] === undefined && texts.some((text) => text.includes(variable)),
  );
  await using undo = new AsyncDisposableStack();
  for (const [variable, start] of wanted) {
    const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-stores-'));
    undo.defer(() => rm(dir, { recursive: true, force: true }));
    const server = await start(dir);
    undo.defer(() => server.stop());
    process.env[variable] = server.url;
    signal.throwIfAborted();
  }
  return await run();
}
