/** The operator as a process, with the heap that its chart gives it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestCluster } from '@ecommercestack/tests/cluster';
import { startOperator, type ClusterOperator } from '@ecommercestack/tests/cluster-operator';

export interface MeasuredOperator extends ClusterOperator {
  /** Resident megabytes. */
  memory(): Promise<{ readonly nowMb: number; readonly peakMb: number }>;
  /** Resolves when it has looked so often, and nothing is left to be looked at. */
  untilIdle(looks: number): Promise<void>;
}

const CHART = path.join(import.meta.dirname, '../../../charts/operator/examples/default/manifests.yaml');

/** Resolves when it writes; those that come one after the other share the lease. */
export async function startMeasured(cluster: TestCluster): Promise<MeasuredOperator> {
  const { NODE_OPTIONS } =
    /NODE_OPTIONS, value: '(?<NODE_OPTIONS>.+)'/.exec(await readFile(CHART, 'utf8'))?.groups ?? {};
  if (NODE_OPTIONS === undefined) throw new Error('the chart sets no limit of the heap');
  const env = { LEASE_NAME: 'bench', NODE_OPTIONS };
  const operator = await startOperator(cluster, { namespaces: [], env });
  return {
    ...operator,
    memory: async () => {
      const status = await readFile(`/proc/${operator.pid}/status`, 'utf8');
      const megabytes = (name: string) =>
        Math.round(Number(new RegExp(String.raw`^${name}:\s+(\d+) kB`, 'm').exec(status)?.[1]) / 1_024);
      return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
    },
    untilIdle: async (looks) => {
      const isIdle = async () =>
        (await operator.figure('operator_reconciles_total')) >= looks &&
        (await operator.figure('operator_queue_depth')) === 0;
      while (!(await isIdle())) await sleep(100);
    },
  };
}
