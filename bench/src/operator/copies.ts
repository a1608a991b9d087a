/** Copies of a stack and all that belongs to it, put where the API server keeps its objects: it would take minutes to make them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '@ecommercestack/local/cluster';
import { API_VERSIONS, planFor, type World } from '@ecommercestack/operator';
import { fieldOf, type ClusterObject, type TestCluster } from '@ecommercestack/tests/cluster';
import { STACK } from '@ecommercestack/tests/cluster-operator';
import { namespaceOf } from './stacks.ts';

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** What differs from copy to copy; all of one length, since what is stored in a binary form says how long it is. */
const UID = /[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/g;
const HASH = /(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])/g;

/** Of the first stack, which is ready, as stacks `from` to `to`. Returns the number of objects in each. */
export async function copyStacks(
  { etcd }: ControlPlane,
  cluster: TestCluster,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  const ask = async (call: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${etcd}/v3/kv/${call}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd refused a ${call}: ${await answer.text()}`);
    return answer.json();
  };
  const original = namespaceOf(0);
  const all = { key: encoded('/registry/'), range_end: encoded('/registry0') };
  const { kvs } = (await ask('range', all)) as { readonly kvs: readonly Pair[] };
  const pairs = kvs
    .map(({ key, value }) => ({ key: decoded(key), value: decoded(value) }))
    .filter(({ key }) => key.split('/').includes(original) && !key.startsWith('/registry/events/'));
  const stack = await cluster.get(STACK.apiVersion, STACK.kind, original, 'shop');
  const component = await cluster.get('dapr.io/v1alpha1', 'Component', original, 'pubsub');
  if (stack === undefined || component === undefined) throw new Error('there is nothing to copy');

  for (let copy = from; copy <= to; copy += 1) {
    const prefix = copy.toString(16).padStart(8, '0');
    const moved = (text: string) => text.replaceAll(original, namespaceOf(copy)).replace(UID, prefix);
    const { metadata } = JSON.parse(moved(JSON.stringify(stack))) as ClusterObject;
    const hashes = hashesOf({ ...stack, metadata }, component);
    const before = hashesOf(stack, component);
    const renamed = new Map(before.map((hash, at) => [hash, hashes[at] ?? hash]));
    const copied = (text: string) => moved(text).replace(HASH, (hash) => renamed.get(hash) ?? hash);
    const success = pairs.map(({ key, value }) => ({
      request_put: { key: encoded(moved(key)), value: encoded(copied(value)) },
    }));
    await ask('txn', { success });
  }
  await untilServed(cluster);
  return pairs.length;
}

/** What was put in behind the API server's back takes it a while to notice; until then it answers lists with 504. */
async function untilServed({ api }: TestCluster): Promise<void> {
  for (const [kind, version] of Object.entries({
    ...API_VERSIONS,
    Pod: 'v1',
    [STACK.kind]: STACK.apiVersion,
  })) {
    const path = await api.pathOf(version, kind).catch(() => undefined);
    while (path !== undefined && (await api.request('GET', `${path}?limit=1`)).status !== 200)
      await sleep(500);
  }
}

/** By which the operator knows what it has applied, in one order: where nothing is, all of it is to be written. */
function hashesOf(stack: ClusterObject, component: ClusterObject): readonly string[] {
  const spec = component['spec'] as { readonly type: string };
  const { status: _, ...unseen } = stack;
  const world: World = {
    now: new Date().toISOString(),
    stack: unseen as unknown as World['stack'],
    stacksHere: ['shop'],
    namespaceTerminating: false,
    cluster: { extensions: new Set(['dapr', 'gateway-api', 'keda']), daprVersion: '1.18.2' },
    pubsub: { type: spec.type, spec, beside: {} },
    live: new Map(),
    pods: [],
    revisions: new Map(),
    conflicts: new Map(),
  };
  return planFor(world).writes.flatMap((write) =>
    write.kind === 'apply'
      ? [String(fieldOf(write.object, 'metadata.annotations')?.['ecommercestack.io/applied' as never])]
      : [],
  );
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}

function encoded(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64');
}
