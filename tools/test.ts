/**
 * Runs the specs: `test.ts [--unit] [--int] [--e2e] [--dapr] [--docker] [file or folder…]`, all but those of Dapr and
 * Docker when nothing is named. Starts a PostgreSQL for those that need one unless DATABASE_URL names one, and builds or
 * fetches what those of Dapr need. Ends with `N passed, N failed` alone on a line.
 */
import path from 'node:path';
import { MissingPartError, prepareParts } from '@ecommercestack/local/parts';
import { WITH_DATABASE, discoverSpecs, selectSpecs } from './src/specs.ts';
import { runSpecs } from './src/run-specs.ts';
import type { Totals } from './src/run-specs.ts';
import { withTestPostgres } from './src/test-postgres.ts';

const root = path.join(import.meta.dirname, '..');
process.chdir(root);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** A process left behind by a spec may hold its output open, which would hold us up after an interrupt. */
const GRACE_MS = 10_000;
const givenUp = new Promise<Totals>((resolve) => {
  interrupted.signal.addEventListener('abort', () => {
    setTimeout(() => resolve({ passed: 0, failed: specs.length }), GRACE_MS).unref();
  });
});

const specs = selectSpecs(await discoverSpecs(root), process.argv.slice(2));
const needsDatabase =
  specs.some(({ tier }) => WITH_DATABASE.includes(tier)) && process.env['DATABASE_URL'] === undefined;
if (specs.some((spec) => spec.tier === 'dapr')) await prepareOrExit();
const run = () => Promise.race([runSpecs(specs, interrupted.signal), givenUp]);
const totals = needsDatabase ? await withTestPostgres(run, interrupted.signal) : await run();

if (specs.length === 0) console.error('No spec matches.');
if (interrupted.signal.aborted) console.error('Interrupted.');
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed > 0 || totals.passed === 0 || interrupted.signal.aborted ? 1 : 0);

async function prepareOrExit(): Promise<void> {
  try {
    await prepareParts();
  } catch (error) {
    if (!(error instanceof MissingPartError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
