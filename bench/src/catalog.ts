/**
 * `npm run bench:catalog`: product pages by the level of the cache that answers, searches, the projector, a rebuild, a
 * cache stampede, an import. On a PostgreSQL and a Redis of its own; `--index elasticsearch` searches there, with replicas
 * on a second node unless `--nodes 1`. Medians, with the smallest and the largest run in brackets.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startElasticsearch, startRedis } from '@ecommercestack/local/parts';
import { startPostgres } from '@ecommercestack/local/postgres';
import { chooseBenchmarks, inFolder, printMachine } from './benchmarks.ts';
import { fillProducts } from './catalog/fill.ts';
import { benchImport } from './catalog/imports.ts';
import { benchProjector, benchRebuild } from './catalog/index-work.ts';
import { startCatalog } from './catalog/platform.ts';
import { benchReads, levels } from './catalog/reads.ts';
import { benchSearches } from './catalog/searches.ts';
import { benchStampede } from './catalog/stampede.ts';
import { median, report, type Sample } from './measure.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    products: { type: 'string', default: '100000' },
    index: { type: 'string', default: 'postgres' },
    nodes: { type: 'string', default: '2' },
  },
});
const runs = Number(values.runs);
const seconds = Number(values.seconds);
const products = Number(values.products);
if (values.index !== 'postgres' && values.index !== 'elasticsearch')
  throw new Error('--index is postgres or elasticsearch');

function spread(of: readonly number[], unit: string, digits = 1): string {
  const [low, high] = [Math.min(...of), Math.max(...of)].map((value) => value.toFixed(digits));
  return `${median(of).toFixed(digits)} (${low}–${high}) ${unit}`;
}

/** The servers that are measured on. */
interface Servers {
  readonly connectionString: string;
  readonly redisUrl: string;
  /** Of the catalog, so that it uses them. */
  readonly env: Readonly<Record<string, string>>;
}

async function startServers(folder: string, undo: AsyncDisposableStack): Promise<Servers> {
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    flags: ['-c', 'max_connections=200'],
  });
  undo.defer(() => postgres.stop());
  const redis = await startRedis({ dir: join(folder, 'redis') });
  undo.defer(() => redis.stop());
  await postgres.createDatabase('catalog');
  const connectionString = postgres.connectionString('catalog');
  const env = { DATABASE_URL: connectionString, REDIS_URL: redis.url, CACHE_NAMESPACE: 'bench' };
  if (values.index === 'postgres') return { connectionString, redisUrl: redis.url, env };
  const elasticsearch = await startElasticsearch({
    dir: join(folder, 'elasticsearch'),
    nodes: Number(values.nodes),
    lasting: true,
  });
  undo.defer(() => elasticsearch.stop());
  return {
    connectionString,
    redisUrl: redis.url,
    env: { ...env, SEARCH_INDEX: 'elasticsearch', ELASTICSEARCH_URL: elasticsearch.url },
  };
}

const benchmarks: Readonly<Record<string, (servers: Servers) => Promise<void>>> = {
  projector: async ({ env }) => {
    const samples: Sample[] = [];
    const events = Math.min(products, 50_000);
    for (let run = 1; run <= runs; run++)
      samples.push(await benchProjector({ env, events, concurrency: 1_000, version: run + 1 }));
    console.log(report(`Projector, ${events} events, 1,000 in flight`, samples));
  },
  rebuild: async ({ env }) => {
    const taken: number[] = [];
    for (let run = 0; run < runs; run++) taken.push(await benchRebuild(env));
    console.log(`Rebuild of ${products} products`.padEnd(45) + spread(taken, 's'));
  },
  reads: async ({ connectionString, redisUrl }) => {
    for (const level of Object.keys(levels) as (keyof typeof levels)[]) {
      const options = { connectionString, redisUrl, concurrency: 32, seconds, runs };
      console.log(
        report(`Product page, answered by ${level}, 32 in flight`, await benchReads(level, options)),
      );
    }
  },
  search: async ({ env }) => {
    for (const mix of ['different', 'popular'] as const) {
      const samples = await benchSearches({ env, mix, concurrency: 8, seconds, runs });
      console.log(report(`Search of ${products}, ${mix} ones, 8 in flight`, samples));
    }
  },
  import: async ({ env }) => {
    const samples: Sample[] = [];
    const count = Math.min(products, 20_000);
    for (let run = 1; run <= runs; run++)
      samples.push(await benchImport(env, { from: run * 1_000_000, count }));
    console.log(report(`First import of ${count} products`, samples));
  },
  stampede: async ({ env }) => {
    for (const shared of [false, true]) {
      const stampedes = await benchStampede(env, { shared, runs: Math.max(runs, 5) });
      const reads = [...new Set(stampedes.map((stampede) => stampede.reads))].toSorted((a, b) => a - b);
      const name = `1,000 readers of a cold product, ${shared ? '2 replicas, Redis' : '1 replica'}`;
      const taken = spread(
        stampedes.map(({ ms }) => ms),
        'ms until the last has it',
      );
      console.log(`${name.padEnd(45)}${taken}, store reads: ${reads.join('–')}`);
    }
  },
};

const chosen = chooseBenchmarks(positionals, Object.keys(benchmarks));
printMachine(`index ${values.index}, ${runs} runs of ${seconds} s`);
await inFolder(async (folder, undo) => {
  const servers = await startServers(folder, undo);
  // Makes the tables.
  await (await startCatalog(servers.env)).app.stop();
  // Filled first, so that each can be run alone.
  await fillProducts(servers.connectionString, products);
  if (!chosen.includes('rebuild')) await benchRebuild(servers.env);
  for (const name of chosen.toSorted((a) => (a === 'rebuild' ? -1 : 0))) await benchmarks[name]?.(servers);
});
