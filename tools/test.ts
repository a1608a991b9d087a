/**
 * Runs the specs: `test.ts [--unit] [--int] [--e2e] [--stores] [--dapr] [--cluster] [--docker] [file or folder…]`, all but those
 * of stores, Dapr, a cluster and Docker when nothing is named. Starts a PostgreSQL for those that need one unless
 * DATABASE_URL names one, the servers of the stores unless their variables do, and a Kubernetes control plane unless KUBECONFIG does; builds or fetches what those of Dapr and a cluster need. Ends
 * with `N passed, N failed` alone on a line.
 */
import path from 'node:path';
import { prepareKubernetes, preparePackaging } from '@ecommercestack/local/cluster';
import { MissingPartError, prepareParts } from '@ecommercestack/local/parts';
import { WITH_DATABASE, discoverSpecs, selectSpecs } from './src/specs.ts';
import { runSpecs } from './src/run-specs.ts';
import type { Totals } from './src/run-specs.ts';
import { withTestCluster } from './src/test-cluster.ts';
import { withTestPostgres } from './src/test-postgres.ts';
import { withTestStores } from './src/test-stores.ts';

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
const needsCluster = specs.some(({ tier }) => tier === 'cluster') && process.env['KUBECONFIG'] === undefined;
if (specs.some((spec) => spec.tier === 'dapr')) await orExit(prepareParts());
if (needsCluster) await orExit(prepareKubernetes());
if (specs.some(({ tier }) => tier === 'cluster')) await orExit(preparePackaging());
const runAll = () => Promise.race([runSpecs(specs, interrupted.signal), givenUp]);
const runInCluster = () => (needsCluster ? withTestCluster(runAll, interrupted.signal) : runAll());
const run = () => withTestStores(specs, runInCluster, interrupted.signal);
const totals = await orExit(needsDatabase ? withTestPostgres(run, interrupted.signal) : run());

if (specs.length === 0) console.error('No spec matches.');
if (interrupted.signal.aborted) console.error('Interrupted.');
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed > 0 || totals.passed === 0 || interrupted.signal.aborted ? 1 : 0);

async function orExit<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof MissingPartError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
