/** The policies of the sidecars: who may call whom, what happens when a call fails, who reads what. */
import type { CallBreaker, CallRetry, StackSpec } from '@ecommercestack/contracts';
import {
  daprBase,
  type BreakerPolicy,
  type Broker,
  type ConfigurationSpec,
  type ResiliencySpec,
  type RetryPolicy,
} from './dapr-base.ts';
import { hash } from './hash.ts';
import type { KubeObject } from './model.ts';
import { ANNOTATIONS, LABELS, appId, childName, metadata, type StackIdentity } from './names.ts';
import type { ResolvedService } from './resolve.ts';

export interface DaprInput {
  readonly stack: StackIdentity;
  readonly spec: StackSpec;
  readonly service: ResolvedService;
}

const object = (
  kind: 'Resiliency' | 'Configuration' | 'Subscription' | 'Component',
  { stack, service }: DaprInput,
  name: string,
  spec: unknown,
  scopes?: readonly string[],
): KubeObject => ({
  apiVersion: kind === 'Subscription' ? 'dapr.io/v2alpha1' : 'dapr.io/v1alpha1',
  kind,
  metadata: metadata(stack, name, { [LABELS.service]: service.name }),
  spec,
  ...(scopes && { scopes }),
});

/** A service of the user's own may be called by nobody: what it offers is not known here. */
const CLOSED: ConfigurationSpec = {
  accessControl: { defaultAction: 'deny', trustDomain: 'public' },
  metrics: { enabled: true, http: { increasedCardinality: false } },
};

export function configuration(input: DaprInput): KubeObject {
  const { stack, service } = input;
  const { accessControl, ...rest } = daprBase(service.name)?.configuration ?? CLOSED;
  const policies = (accessControl.policies ?? []).flatMap((policy) => {
    const here = { ...policy, namespace: stack.namespace };
    // In a cluster the gateway may have a second version, too.
    return policy.appId === 'gateway' ? [here, { ...here, appId: appId('gateway', 'canary') }] : [here];
  });
  return reloaded(
    object('Configuration', input, childName(stack, service.name), {
      ...rest,
      accessControl: { ...accessControl, ...(policies.length > 0 && { policies }) },
    }),
  );
}

/** Sidecars reload for it: a hash of what it was written for tells, too, that something in it is no longer wanted. */
function reloaded(resource: KubeObject): KubeObject {
  const annotations = { [ANNOTATIONS.policies]: hash(resource['spec']) };
  return { ...resource, metadata: { ...resource.metadata, annotations } };
}

/** What the sidecars of a service do when its calls and deliveries fail. Undefined: nothing special. */
export function resiliency(
  input: DaprInput,
  callees: ReadonlyMap<string, ResolvedService>,
): KubeObject | undefined {
  const { stack, spec, service } = input;
  const base = daprBase(service.name)?.resiliency;
  if (base === undefined) return undefined;
  const made = callPolicies(base, callees);
  const { [DEFAULT_PUBSUB]: deliveries, ...components } = base.targets.components ?? {};
  const targets = {
    ...(base.targets.apps && { apps: made.apps }),
    ...(base.targets.components && {
      components: {
        ...components,
        // A canary that shares the messages reads them from a Component of its own; it may come at any time, and the
        // sidecars of the others shall not reload for that.
        ...(deliveries !== undefined && {
          [spec.dapr.pubsub]: deliveries,
          [sharedPubsubName(stack, service.name)]: deliveries,
        }),
      },
    }),
  };
  const policies = { policies: made.policies, targets };
  // Without scopes, every sidecar of the namespace would reload at once.
  const scopes = [appId(service.name, 'stable'), appId(service.name, 'canary')];
  return reloaded(object('Resiliency', input, childName(stack, service.name), policies, scopes));
}

const DEFAULT_PUBSUB = 'pubsub';

/** A breaker for each callee, with its settings; a retry for each callee that may be called twice. */
function callPolicies({ policies, targets }: ResiliencySpec, callees: ReadonlyMap<string, ResolvedService>) {
  const used = new Set(Object.values(targets.apps ?? {}).map(({ retry }) => retry));
  const retries: Record<string, RetryPolicy> = Object.fromEntries(
    Object.entries(policies.retries ?? {}).filter(([name]) => !used.has(name)),
  );
  const circuitBreakers: Record<string, BreakerPolicy> = {};
  const apps: Record<string, { readonly retry: string; readonly circuitBreaker: string }> = {};
  for (const [target, { retry }] of Object.entries(targets.apps ?? {})) {
    const name = target.replace(/-canary$/, '');
    const callee = callees.get(name);
    const given = policies.retries?.[retry];
    if (callee === undefined || given === undefined) throw new Error(`no ${name}, or no retry ${retry}`);
    const repeatable = given.maxRetries > 0;
    circuitBreakers[name] = breakerPolicy(callee.breaker);
    retries[repeatable ? name : retry] = repeatable ? retryPolicy(given, callee.retry) : given;
    apps[target] = { retry: repeatable ? name : retry, circuitBreaker: name };
  }
  return {
    apps,
    policies: {
      ...(Object.keys(retries).length > 0 && { retries }),
      ...(Object.keys(circuitBreakers).length > 0 && { circuitBreakers }),
    },
  };
}

function breakerPolicy({ failureThreshold, openSeconds, halfOpenRequests }: CallBreaker): BreakerPolicy {
  return {
    maxRequests: halfOpenRequests,
    timeout: `${openSeconds}s`,
    trip: `consecutiveFailures >= ${failureThreshold}`,
  };
}

function retryPolicy(base: RetryPolicy, { maxRetries, interval }: CallRetry): RetryPolicy {
  return { ...base, maxRetries, duration: `${interval}ms` };
}

export function subscriptions(input: DaprInput, broker: Broker, shared: boolean): KubeObject[] {
  const { stack, spec, service } = input;
  const list = daprBase(service.name)?.subscriptions[broker] ?? [];
  const canary = appId(service.name, 'canary');
  return list.flatMap(({ name, spec: subscription }) => [
    object('Subscription', input, childName(stack, name), { ...subscription, pubsubname: spec.dapr.pubsub }, [
      service.name,
    ]),
    ...(shared
      ? [
          object(
            'Subscription',
            input,
            childName(stack, 'canary', name),
            { ...subscription, pubsubname: sharedPubsubName(stack, service.name) },
            [canary],
          ),
        ]
      : []),
  ]);
}

/** A pub/sub Component as it is found in the cluster. */
export interface Pubsub {
  readonly type: string;
  readonly spec: {
    readonly metadata?: readonly { readonly name: string }[];
    readonly [field: string]: unknown;
  };
  /** `auth` and whatever else stands beside the spec. */
  readonly beside: Readonly<Record<string, unknown>>;
}

export function brokerOf({ type }: Pubsub): Broker {
  return type === 'pubsub.kafka' ? 'kafka' : 'redis';
}

const sharedPubsubName = (stack: StackIdentity, service: string) => childName(stack, 'shared', service);

/** What names apps, or the group that a consumer belongs to. */
const OF_AN_APP = new Set([
  'publishingScopes',
  'subscriptionScopes',
  'protectedTopics',
  'consumerID',
  'consumerGroup',
]);

/** The same broker for a canary that shares the work of its service: in the consumer group of the stable version. */
export function sharedPubsub(input: DaprInput, { spec, beside }: Pubsub): KubeObject {
  const { stack, service } = input;
  const kept = (spec.metadata ?? []).filter(({ name }) => !OF_AN_APP.has(name));
  const component = { ...spec, metadata: [...kept, { name: 'consumerID', value: service.name }] };
  return {
    ...object('Component', input, sharedPubsubName(stack, service.name), component, [
      appId(service.name, 'canary'),
    ]),
    ...beside,
  };
}
