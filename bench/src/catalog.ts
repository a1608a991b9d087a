/**
 * `npm run bench:catalog`: product pages by the level of the cache that answers, searches, the projector, a rebuild, a
 * cache stampede, an import. On a PostgreSQL and a Redis of its own; `--index elasticsearch` searches there, with replicas
 * on a second node unless `--nodes 1`. Medians, with the smallest and the largest run in brackets.
 */
import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startElasticsearch, startRedis } from '@ecommercestack/local/parts';
import { discardFolder, startPostgres } from '@ecommercestack/local/postgres';
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

const folder = await mkdtemp(join(tmpdir(), 'ecommercestack-bench-'));
await using undo = new AsyncDisposableStack();
undo.defer(async () => void (await discardFolder(folder)));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void undo.disposeAsync().then(() => process.exit(1)));
const postgres = await startPostgres({
  dataDir: join(folder, 'postgres'),
  flags: ['-c', 'max_connections=200'],
});
undo.defer(() => postgres.stop());
const redis = await startRedis({ dir: join(folder, 'redis') });
undo.defer(() => redis.stop());
await postgres.createDatabase('catalog');
const connectionString = postgres.connectionString('catalog');
const env: Record<string, string> = {
  DATABASE_URL: connectionString,
  REDIS_URL: redis.url,
  CACHE_NAMESPACE: 'bench',
};
if (values.index === 'elasticsearch') {
  const elasticsearch = await startElasticsearch({
    dir: join(folder, 'elasticsearch'),
    nodes: Number(values.nodes),
    lasting: true,
  });
  undo.defer(() => elasticsearch.stop());
  Object.assign(env, { SEARCH_INDEX: 'elasticsearch', ELASTICSEARCH_URL: elasticsearch.url });
}

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  projector: async () => {
    const samples: Sample[] = [];
    const events = Math.min(products, 50_000);
    for (let run = 1; run <= runs; run++)
      samples.push(await benchProjector({ env, events, concurrency: 1_000, version: run + 1 }));
    console.log(report(`Projector, ${events} events, 1,000 in flight`, samples));
  },
  rebuild: async () => {
    const taken: number[] = [];
    for (let run = 0; run < runs; run++) taken.push(await benchRebuild(env));
    console.log(`Rebuild of ${products} products`.padEnd(45) + spread(taken, 's'));
  },
  reads: async () => {
    for (const level of Object.keys(levels) as (keyof typeof levels)[]) {
      const options = { connectionString, redisUrl: redis.url, concurrency: 32, seconds, runs };
      console.log(
        report(`Product page, answered by ${level}, 32 in flight`, await benchReads(level, options)),
      );
    }
  },
  search: async () => {
    for (const mix of ['different', 'popular'] as const) {
      const samples = await benchSearches({ env, mix, concurrency: 8, seconds, runs });
      console.log(report(`Search of ${products}, ${mix} ones, 8 in flight`, samples));
    }
  },
  import: async () => {
    const samples: Sample[] = [];
    const count = Math.min(products, 20_000);
    for (let run = 1; run <= runs; run++)
      samples.push(await benchImport(env, { from: run * 1_000_000, count }));
    console.log(report(`First import of ${count} products`, samples));
  },
  stampede: async () => {
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

/** Filled first, so that each can be run alone. */
const chosen = positionals.length > 0 ? positionals : Object.keys(benchmarks);
const unknown = chosen.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0)
  throw new Error(
    `no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`,
  );
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, index ${values.index}, ${runs} runs of ${seconds} s`,
);
// Makes the tables.
await (await startCatalog(env)).app.stop();
await fillProducts(connectionString, products);
if (!chosen.includes('rebuild')) await benchRebuild(env);
for (const name of chosen.toSorted((a) => (a === 'rebuild' ? -1 : 0))) await benchmarks[name]?.();
