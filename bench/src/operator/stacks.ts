/** Many stacks on one control plane. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldOf, type ClusterObject, type TestCluster } from '@ecommercestack/tests/cluster';
import { STACK, pubsub, type Condition } from '@ecommercestack/tests/cluster-operator';

export interface Applied {
  /** From the first apply until the operator has said something of each; until each of them is ready. */
  readonly writtenMs: number;
  readonly readyMs: number;
}

/** As many as a user with a script would send at once. */
const LANES = 16;

/** All of one length, so that a stack can be copied as it is stored. */
export const namespaceOf = (stack: number): string => `shop-${String(stack).padStart(5, '0')}`;

export async function applyStacks(
  cluster: TestCluster,
  { count, pods }: { readonly count: number; readonly pods: boolean },
): Promise<Applied> {
  const namespaces = Array.from({ length: count }, (_, stack) => namespaceOf(stack));
  await inLanes(namespaces, async (namespace) => {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await cluster.apply(pubsub(namespace));
  });
  const begun = performance.now();
  await inLanes(namespaces, async (namespace) => {
    await cluster.apply({ ...STACK, metadata: { name: 'shop', namespace }, spec: { version: '1' } });
    if (!pods) await pretendPods(cluster, namespace);
  });
  const passed = async (isIt: (stack: ClusterObject) => boolean) => {
    while (!(await stacksOf(cluster)).every(isIt)) await sleep(500);
    return performance.now() - begun;
  };
  const writtenMs = await passed((stack) => fieldOf(stack, 'status.observedGeneration') !== undefined);
  const readyMs = await passed((stack) => isReady(stack));
  return { writtenMs, readyMs };
}

async function inLanes<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const next = items.values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const item of next) await act(item);
    }),
  );
}

async function stacksOf({ api }: TestCluster): Promise<readonly ClusterObject[]> {
  const { body } = await api.request('GET', await api.pathOf(STACK.apiVersion, STACK.kind));
  return (body as { readonly items: readonly ClusterObject[] }).items;
}

function isReady(stack: ClusterObject): boolean {
  const conditions = (fieldOf(stack, 'status.conditions') ?? []) as readonly Condition[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** In the place of controllers and nodes: pods that nobody runs, and a Deployment that says that they are there. */
export async function pretendPods(cluster: TestCluster, namespace: string): Promise<void> {
  const gone = () => cluster.get(STACK.apiVersion, STACK.kind, namespace, 'shop');
  while (fieldOf(await gone(), 'status.observedGeneration') === undefined) await sleep(250);
  for (const deployment of await cluster.list('apps/v1', 'Deployment', namespace)) {
    const replicas = Number(fieldOf(deployment, 'spec.replicas'));
    if (fieldOf(deployment, 'status.availableReplicas') === replicas) continue;
    const { metadata, spec } = fieldOf(deployment, 'spec.template') as { metadata: object; spec: object };
    for (let pod = 0; pod < replicas; pod += 1)
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${deployment.metadata.name}-${pod}`, namespace, ...metadata },
        spec,
      });
    const { generation: observedGeneration } = deployment.metadata;
    const all = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    await cluster.merge(deployment, { status: { observedGeneration, ...all } }, 'status');
  }
}
