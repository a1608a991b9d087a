/** How long it takes until the callers of a service could read of a new weight. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldOf, type TestCluster } from '@ecommercestack/tests/cluster';
import { testStack } from '@ecommercestack/tests/cluster-operator';
import { measured } from '../measure.ts';
import { namespaceOf, pretendPods } from './stacks.ts';

export interface Edits {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** One after the other, from before an edit is sent until the ConfigMap is read that has it. */
export async function weightEdits(
  cluster: TestCluster,
  { edits, pods }: { readonly edits: number; readonly pods: boolean },
): Promise<Edits> {
  const stack = testStack(cluster, namespaceOf(0));
  const edit = (weight: number) =>
    stack.spec({ version: '1', services: [{ name: 'catalog', canary: { version: '2', weight } }] });
  const reaches = async (weight: number) => {
    while (fieldOf(await stack.settings(), 'services.catalog.canary.weight') !== weight) await sleep(2);
  };
  await edit(100);
  await sleep(1_000);
  if (!pods) await pretendPods(cluster, stack.namespace);
  await reaches(100);
  let most = 0;
  const { p50, p99 } = await measured(process.pid, async (latencies) => {
    for (let made = 0; made < edits; made += 1) {
      // As a person edits: when what the one before has caused is over.
      await sleep(100);
      const begun = performance.now();
      await edit(made % 100);
      await reaches(made % 100);
      latencies.push(performance.now() - begun);
    }
    most = Math.max(...latencies);
  });
  return { p50, p99, most };
}
