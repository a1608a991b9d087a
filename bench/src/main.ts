/**
 * `npm run bench`: appends (B1), the saga in one process (B4), a hot SKU (B6) and checkout over HTTP; `dapr-redis` and
 * `dapr-kafka`: checkout over sidecars. Each on a PostgreSQL of its own with fsync on. Medians, with the smallest and the largest run in brackets.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres, type Postgres } from '@ecommercestack/local/postgres';
import { chooseBenchmarks, inFolder, printMachine } from './benchmarks.ts';
import { benchAppend } from './append.ts';
import { benchHotSku } from './hot-sku.ts';
import { benchCheckout } from './http.ts';
import { report, type Sample } from './measure.ts';
import { benchSaga } from './saga.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const runs = Number(values.runs);
const seconds = Number(values.seconds);

async function repeat(measure: () => Promise<Sample>): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) samples.push(await measure());
  return samples;
}

let databases = 0;
async function database(postgres: Postgres): Promise<string> {
  const name = `bench_${++databases}`;
  await postgres.createDatabase(name);
  return postgres.connectionString(name);
}

const benchmarks: Readonly<Record<string, (postgres: Postgres) => Promise<void>>> = {
  append: async (postgres) => {
    for (const mode of ['single', 'batched'] as const) {
      const connectionString = await database(postgres);
      const samples = await repeat(() => benchAppend({ connectionString, concurrency: 32, seconds }, mode));
      console.log(report(`B1 append, 32 in flight, ${mode}`, samples));
    }
  },
  saga: async (postgres) => {
    for (const concurrency of [32, 128]) {
      const options = {
        concurrency,
        seconds,
        runs,
        warmUpSeconds: seconds,
        database: () => database(postgres),
      };
      console.log(report(`B4 saga, 2 SKUs, ${concurrency} in flight`, await benchSaga(options)));
    }
  },
  'hot-sku': async (postgres) => {
    const load = { buyers: 60_000, units: 50_000, concurrency: 1_024 };
    const samples = await repeat(async () =>
      benchHotSku({ ...load, connectionString: await database(postgres) }),
    );
    console.log(report('B6 one SKU, 60,000 buyers of 50,000 units', samples));
  },
  checkout: async () => {
    const { samples, memory } = await benchCheckout({ concurrency: 32, seconds, runs });
    console.log(report('Checkout over HTTP, 32 in flight', samples));
    console.log(`  memory of everything: ${megabytes(memory)} MB`);
  },
  'dapr-redis': () => checkoutOverSidecars('redis'),
  'dapr-kafka': () => checkoutOverSidecars('kafka'),
};

/** With so many partitions that hardly two messages share one, each goes to the broker on its own. */
const APART = { PUBSUB_PARTITIONS: '1000' };

async function checkoutOverSidecars(broker: string): Promise<void> {
  for (const [how, env] of Object.entries({ 'in batches': {}, 'each message on its own': APART })) {
    const platform = { runtime: 'dapr', args: ['--broker', broker], env } as const;
    const { samples, memory } = await benchCheckout({ concurrency: 32, seconds, runs, platform });
    console.log(report(`Checkout over sidecars, ${broker}, 32 in flight, ${how}`, samples));
    console.log(`  memory of everything: ${megabytes(memory)} MB`);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** Sidecars have to be asked for: they are built the first time. */
const chosen = chooseBenchmarks(
  positionals,
  Object.keys(benchmarks),
  Object.keys(benchmarks).filter((name) => !name.startsWith('dapr-')),
);
printMachine(`${runs} runs of ${seconds} s`);
await inFolder(async (folder, undo) => {
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    flags: ['-c', 'max_connections=200'],
  });
  undo.defer(() => postgres.stop());
  for (const name of chosen) await benchmarks[name]?.(postgres);
});
