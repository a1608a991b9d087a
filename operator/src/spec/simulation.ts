/** A cluster of one namespace for specs: takes writes as the API server does, and does what its controllers do. */
import type { Pubsub } from '../desired/dapr.ts';
import type { Extension, Key, KubeObject } from '../desired/model.ts';
import { factsOf } from '../reconcile/deployments.ts';
import type { LiveObject } from '../reconcile/live.ts';
import { planFor } from '../reconcile/phases.ts';
import type { Cluster, LivePod, Plan, StackObject, World, Write } from '../reconcile/world.ts';

export const ALL_EXTENSIONS: ReadonlySet<Extension> = new Set(['dapr', 'gateway-api', 'keda', 'prometheus']);
export const KAFKA: Pubsub = {
  type: 'pubsub.kafka',
  spec: {
    type: 'pubsub.kafka',
    version: 'v1',
    metadata: [{ name: 'brokers' }, { name: 'publishingScopes' }],
  },
  beside: { auth: { secretStore: 'secrets' } },
};

const STARTED = Date.parse('2026-01-01T00:00:00Z');

type Body = Record<string, unknown> & { metadata: Record<string, unknown> };

export interface Simulation {
  /** One reconcile, without its effect on pods; killed after so many writes where a number is given. */
  reconcile(cut?: number): Plan;
  /** What controllers do with what was written: pods start, routes are taken. `except` names Deployments that hang. */
  settle(except?: readonly string[]): void;
  /** Reconciles and settles until nothing is left to do; the plans on the way. Throws when that never happens. */
  converge(): readonly Plan[];
  advance(ms: number): void;
  edit(spec: unknown): void;
  deleteStack(): void;
  readonly live: Map<Key, LiveObject>;
  readonly stack: () => StackObject | undefined;
  readonly world: () => World;
  cluster: Cluster;
  pubsub: Pubsub | undefined;
  overrides: Partial<World>;
}

export function simulation(spec: unknown, name = 'shop'): Simulation {
  let now = STARTED;
  let stack: StackObject | undefined = {
    metadata: {
      name,
      namespace: 'default',
      uid: 'uid-1',
      generation: 1,
      creationTimestamp: new Date(now).toISOString(),
    },
    spec,
  };
  const live = new Map<Key, LiveObject>();
  const told = new Map<string, Readonly<Record<string, string>>>();

  const pods = (): LivePod[] =>
    [...live.values()]
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => ({
        name: `${metadata.name}-pod`,
        annotations: told.get(`${metadata.name}-pod`) ?? {},
      }));

  const self: Simulation = {
    live,
    stack: () => stack,
    cluster: { extensions: ALL_EXTENSIONS, daprVersion: '1.18.3' },
    pubsub: KAFKA,
    overrides: {},
    world: () => {
      if (stack === undefined) throw new Error('the stack is gone');
      return {
        now: new Date(now).toISOString(),
        stack,
        stacksHere: [name],
        namespaceTerminating: false,
        cluster: self.cluster,
        pubsub: self.pubsub,
        live: new Map(live),
        pods: pods(),
        revisions: new Map(),
        conflicts: new Map(),
        ...self.overrides,
      };
    },
    reconcile: (cut) => {
      const plan = planFor(self.world());
      for (const one of plan.writes.slice(0, cut)) write(one);
      if (stack && plan.status && cut === undefined)
        stack = { ...stack, status: sorted(plan.status) as typeof plan.status };
      return plan;
    },
    settle: (except = []) => {
      for (const object of live.values()) settled(object, except);
    },
    converge: () => {
      const plans: Plan[] = [];
      for (let turn = 0; turn < 60; turn += 1) {
        if (stack === undefined) return plans;
        const before = JSON.stringify(stack.status);
        const plan = self.reconcile();
        plans.push(plan);
        if (
          plan.writes.length === 0 &&
          plan.requeueAfterMs === undefined &&
          before === JSON.stringify(stack?.status)
        ) {
          return plans;
        }
        self.settle();
        self.advance(plan.writes.length > 0 ? 100 : (plan.requeueAfterMs ?? 100));
      }
      throw new Error(`still writing: ${JSON.stringify(plans.at(-1)?.writes)}`);
    },
    advance: (ms) => {
      now += ms;
    },
    edit: (next) => {
      if (stack === undefined) throw new Error('the stack is gone');
      stack = {
        ...stack,
        spec: next,
        metadata: { ...stack.metadata, generation: stack.metadata.generation + 1 },
      };
    },
    deleteStack: () => {
      if (stack === undefined) throw new Error('the stack is gone');
      stack = { ...stack, metadata: { ...stack.metadata, deletionTimestamp: new Date(now).toISOString() } };
    },
  };
  return self;

  function write(one: Write): void {
    switch (one.kind) {
      case 'apply':
        return apply(one.object);
      case 'delete':
        live.delete(`${one.ref.kind}/${one.ref.name}`);
        return;
      case 'disown':
        change(`${one.ref.kind}/${one.ref.name}`, (object) => ({
          ...object,
          metadata: { ...object.metadata, ownerReferences: [] },
        }));
        return;
      case 'handover':
        change(`Deployment/${one.name}`, (object) => ({ ...object, handedOver: one.replicas }));
        return;
      case 'annotate-pods':
        for (const name of one.names) told.set(name, { ...told.get(name), ...one.annotations });
        return;
      case 'finalizer':
        return finalizer(one.present);
    }
  }

  function finalizer(present: boolean): void {
    if (stack === undefined) return;
    if (!present && stack.metadata.deletionTimestamp !== undefined) stack = undefined;
    else
      stack = {
        ...stack,
        metadata: { ...stack.metadata, finalizers: present ? ['ecommercestack.io/cleanup'] : [] },
      };
  }

  function change(key: Key, how: (object: LiveObject) => LiveObject): void {
    const object = live.get(key);
    if (object) live.set(key, how(object));
  }

  function apply(object: KubeObject): void {
    const key: Key = `${object.kind}/${object.metadata.name}`;
    const before = live.get(key);
    const body = sorted(object) as Body;
    const spec = body['spec'] as Record<string, unknown> | undefined;
    const owns = spec !== undefined && 'replicas' in spec;
    // Only who held `replicas` before us, or took it over from us, keeps it from falling to 1.
    if (object.kind === 'Deployment' && spec && !owns) {
      const kept =
        before && !factsOf(before).ownsReplicas
          ? (before['spec'] as { replicas?: number }).replicas
          : undefined;
      spec['replicas'] = kept ?? before?.['handedOver'] ?? 1;
    }
    const same = JSON.stringify(before?.['spec']) === JSON.stringify(body['spec']);
    const generation = (before?.metadata.generation ?? 0) + (same ? 0 : 1);
    const managedFields = [
      {
        manager: 'ecommercestack',
        operation: 'Apply',
        fieldsV1: { 'f:spec': owns ? { 'f:replicas': {} } : {} },
      },
    ];
    live.set(key, {
      ...(body as unknown as LiveObject),
      metadata: { ...(body.metadata as unknown as LiveObject['metadata']), generation, managedFields },
      status: before?.['status'],
    });
  }

  function settled(object: LiveObject, except: readonly string[]): void {
    const key: Key = `${object.kind}/${object.metadata.name}`;
    const { generation = 0, name: of } = object.metadata;
    if (object.kind === 'HTTPRoute') {
      const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
        type,
        status: 'True',
        observedGeneration: generation,
      }));
      const { parentRefs } = object['spec'] as { parentRefs: readonly object[] };
      const parents = parentRefs.map((parentRef) => ({ parentRef, conditions }));
      live.set(key, { ...object, status: { parents } });
    }
    if (object.kind !== 'Deployment' || except.includes(of)) return;
    const spec = object['spec'] as { replicas?: number };
    const replicas = Math.max(spec.replicas ?? 1, leastOf(of));
    live.set(key, {
      ...object,
      spec: { ...spec, replicas },
      status: {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      },
    });
  }

  /** What an autoscaler would see to. */
  function leastOf(name: string): number {
    const hpa = live.get(`HorizontalPodAutoscaler/${name}`)?.['spec'] as { minReplicas?: number } | undefined;
    const keda = live.get(`ScaledObject/${name}`)?.['spec'] as { minReplicaCount?: number } | undefined;
    return hpa?.minReplicas ?? keda?.minReplicaCount ?? 0;
  }
}

/** As the API server gives it back: the keys in an order of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]));
}
