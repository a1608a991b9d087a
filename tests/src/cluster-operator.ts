/** The operator as a process beside a cluster, and the stacks that it looks after, for specs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startChild } from '@ecommercestack/local/parts';
import type { Child } from '@ecommercestack/local/parts';
import { fieldOf, testCluster } from './cluster.ts';
import type { ClusterObject, TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';

export interface ClusterOperator extends Child {
  /** All that it has logged so far. */
  log(): Promise<string>;
  /** A figure of its metrics, summed over the labels; 0 where there is none. */
  figure(name: string): Promise<number>;
}

export interface OperatorOptions {
  /** Whose stacks it looks after; all when left out. */
  readonly namespaces: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const MAIN = path.join(import.meta.dirname, '../../operator/src/main.ts');

/** Resolves when it writes. Whoever starts another one in its place gives both the same `LEASE_NAME`. */
export async function startOperator(
  cluster: TestCluster,
  options: OperatorOptions,
): Promise<ClusterOperator> {
  const { namespaces, env = {} } = options;
  const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-operator-'));
  const child = await startChild({
    name: 'operator',
    program: process.execPath,
    args: [MAIN],
    env: {
      KUBECONFIG: cluster.kubeconfig,
      LEASE_NAME: path.basename(dir).toLowerCase(),
      WATCH_NAMESPACES: namespaces.join(','),
      DAPR_VERSION: '1.18.2',
      ADMIN_PORT: '0',
      ...env,
    },
    dir,
    ready: /this process writes from now on/,
  });
  const log = () => readFile(path.join(dir, 'operator.log'), 'utf8');
  const admin = /"url":"([^"]+)"/.exec(await log())?.[1];
  return {
    ...child,
    log,
    figure: async (name) => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      const values = text.matchAll(new RegExp(String.raw`^${name}(?:\{.*\})? (\S+)$`, 'gm'));
      return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    stop: async () => {
      await child.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const STACK = { apiVersion: 'ecommercestack.io/v1alpha1', kind: 'EcommerceStack' } as const;

export interface ServiceStatus {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** One stack of a namespace, with what belongs to it. */
export interface TestStack {
  readonly namespace: string;
  /** Replaces the spec as its author would, by server-side apply. */
  readonly spec: (spec: object) => Promise<ClusterObject>;
  readonly get: () => Promise<ClusterObject>;
  readonly child: (kind: string, name: string) => Promise<ClusterObject | undefined>;
  /** Of all kinds that the operator makes; keyed by `Kind/name`. */
  readonly children: () => Promise<ReadonlyMap<string, ClusterObject>>;
  readonly condition: (type: string) => Promise<Condition | undefined>;
  readonly service: (name: string) => Promise<ServiceStatus | undefined>;
  /** What the pods are told. */
  readonly settings: () => Promise<unknown>;
  /** Resolves when a condition has this status and speaks of the newest spec. */
  readonly until: (type: string, status: string, reason?: string) => Promise<Condition>;
}

/** Where the API server serves what the operator makes. */
const KINDS: Readonly<Record<string, string>> = {
  ServiceAccount: 'v1',
  ConfigMap: 'v1',
  Service: 'v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
  Component: 'dapr.io/v1alpha1',
  Configuration: 'dapr.io/v1alpha1',
  Resiliency: 'dapr.io/v1alpha1',
  Subscription: 'dapr.io/v2alpha1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  ScaledObject: 'keda.sh/v1alpha1',
};

export function testStack(cluster: TestCluster, namespace: string, name = 'shop'): TestStack {
  const get = async (): Promise<ClusterObject> => {
    const found = await cluster.get(STACK.apiVersion, STACK.kind, namespace, name);
    if (found === undefined) throw new Error(`there is no stack ${name}`);
    return found;
  };
  const child = (kind: string, childName: string) =>
    cluster.get(KINDS[kind] ?? '', kind, namespace, childName);
  const conditionIn = (stack: ClusterObject, type: string) =>
    (fieldOf(stack, 'status.conditions') as readonly Condition[] | undefined)?.find(
      (one) => one.type === type,
    );
  return {
    namespace,
    get,
    child,
    spec: (spec) => cluster.apply({ ...STACK, metadata: { name, namespace }, spec }),
    children: async () => {
      const labels = `app.kubernetes.io/instance=${name}`;
      const lists = await Promise.all(
        Object.entries(KINDS).map(([kind, version]) => cluster.list(version, kind, namespace, labels)),
      );
      return new Map(lists.flat().map((object) => [`${object.kind}/${object.metadata.name}`, object]));
    },
    condition: async (type) => conditionIn(await get(), type),
    service: async (service) =>
      (fieldOf(await get(), 'status.services') as readonly ServiceStatus[] | undefined)?.find(
        (one) => one.name === service,
      ),
    settings: async () => {
      const data = fieldOf(await child('ConfigMap', `${name}-settings`), 'data') ?? {};
      return JSON.parse(String(Reflect.get(data, 'settings.json') ?? '{}')) as unknown;
    },
    until: (type, status, reason) =>
      eventually(`${type} is ${status}${reason === undefined ? '' : ` (${reason})`}`, async () => {
        const stack = await get();
        const found = conditionIn(stack, type);
        const isNew = found?.observedGeneration === stack.metadata.generation;
        const isIt = found?.status === status && (reason === undefined || found.reason === reason);
        return isNew && isIt && found;
      }),
  };
}

/** A broker that sidecars would find under the usual name. */
export function pubsub(namespace: string, name = 'pubsub', redisHost = 'redis:6379') {
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name, namespace },
    spec: { type: 'pubsub.redis', version: 'v1', metadata: [{ name: 'redisHost', value: redisHost }] },
  };
}

export interface Shops {
  readonly cluster: TestCluster;
  readonly shops: readonly TestStack[];
  /** As it was started last. */
  readonly operator: () => ClusterOperator;
  /** Ends it, by `signal` where one is given, and starts it again. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

/** An operator with so many namespaces for a stack, each with a broker. */
export async function startShops(count: number, env: Readonly<Record<string, string>> = {}): Promise<Shops> {
  const cluster = testCluster();
  const namespaces: string[] = [];
  for (let made = 0; made < count; made += 1) namespaces.push(await cluster.namespace());
  for (const namespace of namespaces) await cluster.apply(pubsub(namespace));
  // In a namespace that stays: without the lease, nobody would let go what is being deleted.
  const options = { namespaces, env: { LEASE_NAME: `of-${namespaces[0]}`, ...env } };
  let operator = await startOperator(cluster, options);
  return {
    cluster,
    shops: namespaces.map((namespace) => testStack(cluster, namespace)),
    operator: () => operator,
    restart: async (signal = 'SIGTERM') => {
      process.kill(operator.pid, signal);
      await operator.ended;
      await operator.stop();
      operator = await startOperator(cluster, options);
    },
    stop: async () => {
      // Namespaces first: a stack in one needs somebody to let it go.
      try {
        await cluster.close();
      } finally {
        await operator.stop();
      }
    },
  };
}
