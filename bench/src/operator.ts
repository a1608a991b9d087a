/**
 * `npm run bench:operator`: so many stacks applied at once (`--stacks`), the operator started again beside them, and edits
 * of canary weights, on a control plane of its own. `--copies N` adds as many copies of a stack as they are stored; the
 * plane has neither controllers nor nodes then, as they could not carry so many pods here.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installDefinitions, parseManifests, startControlPlane } from '@ecommercestack/local/cluster';
import { testCluster } from '@ecommercestack/tests/cluster';
import { chooseBenchmarks, inFolder, printMachine } from './benchmarks.ts';
import { copyStacks } from './operator/copies.ts';
import { weightEdits } from './operator/edits.ts';
import { startMeasured, type MeasuredOperator } from './operator/process.ts';
import { applyStacks } from './operator/stacks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stacks: { type: 'string', default: '100' },
    copies: { type: 'string', default: '0' },
    runs: { type: 'string', default: '3' },
    edits: { type: 'string', default: '200' },
  },
});
const stacks = Number(values.stacks);
const copies = Number(values.copies);
const pods = copies === 0;
const chosen = chooseBenchmarks(positionals, ['restart', 'edits']);

const line = (name: string, text: string) => console.log(name.padEnd(44) + text);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const describe = async (operator: MeasuredOperator): Promise<void> => {
  const { nowMb, peakMb } = await operator.memory();
  line('  writes', String(await operator.figure('operator_writes_total')));
  line('  memory of the operator', `${nowMb} MB, ${peakMb} at most`);
};

printMachine('stacks of six services');
await inFolder(async (dir, undo) => {
  const plane = await startControlPlane({ dir, pods });
  undo.defer(() => plane.stop());
  const definition = path.join(import.meta.dirname, '../../operator/crd/ecommercestacks.yaml');
  await installDefinitions(plane.api, parseManifests(await readFile(definition, 'utf8')));
  const cluster = testCluster(plane.kubeconfig);
  undo.defer(() => cluster.api.close());
  let operator = await startMeasured(cluster);
  undo.defer(() => operator.stop());

  const { writtenMs, readyMs } = await applyStacks(cluster, { count: stacks, pods });
  line(`${stacks} stacks applied: all objects written`, seconds(writtenMs));
  line('  all of them ready', seconds(readyMs));
  await describe(operator);
  await operator.untilIdle(stacks);
  await operator.stop();
  if (copies > 0) {
    const objects = await copyStacks(plane, cluster, { from: stacks, to: stacks + copies - 1 });
    line(`${copies} copies`, `${objects} objects each`);
  }
  for (let run = 0; run < (chosen.includes('restart') ? Number(values.runs) : 1); run += 1) {
    await operator.stop();
    const begun = performance.now();
    operator = await startMeasured(cluster);
    await operator.untilIdle(stacks + copies);
    line(`restarted: ${stacks + copies} stacks looked at`, seconds(performance.now() - begun));
    await describe(operator);
  }
  if (chosen.includes('edits')) {
    const { p50, p99, most } = await weightEdits(cluster, { edits: Number(values.edits), pods });
    line(
      `${values.edits} canary weights, edit to ConfigMap`,
      `p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)}, at most ${most.toFixed(0)} ms`,
    );
  }
});
