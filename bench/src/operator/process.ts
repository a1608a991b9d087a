/** The operator as a process, with the heap that its chart gives it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestCluster } from '@ecommercestack/tests/cluster';
import { startOperator, type ClusterOperator } from '@ecommercestack/tests/cluster-operator';
import { parse } from 'yaml';

export interface MeasuredOperator extends ClusterOperator {
  /** Resident megabytes. */
  memory(): Promise<{ readonly nowMb: number; readonly peakMb: number }>;
  /** Resolves when it has looked so often, and nothing is left to be looked at. */
  untilIdle(looks: number): Promise<void>;
}

const CHART_VALUES = path.join(import.meta.dirname, '../../../charts/operator/values.yaml');

/** Resolves when it writes; those that come one after the other share the lease. */
export async function startMeasured(cluster: TestCluster): Promise<MeasuredOperator> {
  const { nodeOptions } = parse(await readFile(CHART_VALUES, 'utf8')) as { nodeOptions: string };
  const env = { LEASE_NAME: 'bench', NODE_OPTIONS: nodeOptions };
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
