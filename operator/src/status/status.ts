/** What to say about a stack. */
import type { Settings } from '@ecommercestack/contracts';
import type { Problem } from '../checks/problem.ts';
import { CONDITION_TYPES, type ServiceStatus, type StackStatus } from '../crd/status.ts';
import { callersOf, type ResiliencySpec } from '../desired/dapr-base.ts';
import { hash } from '../desired/hash.ts';
import { childName } from '../desired/names.ts';
import { keyOf } from '../desired/model.ts';
import { differencesOf } from '../reconcile/live.ts';
import type { Picture } from '../reconcile/picture.ts';
import type { Rollout } from '../reconcile/rollout.ts';
import type { World, Write } from '../reconcile/world.ts';
import { conditionsOf, type Finding, type Findings } from './conditions.ts';
import { findingsOf } from './findings.ts';
import { routedWeight } from './route.ts';

export function statusOf(world: World, picture: Picture, wanted: readonly Write[]): StackStatus {
  const { generation } = world.stack.metadata;
  const services = picture.rollouts.map((rollout) => serviceStatus(world, picture, rollout));
  const findings = findingsOf({ world, picture, services, wanted });
  return {
    observedGeneration: generation,
    conditions: [
      ...conditionsOf(findings, world.stack.status?.conditions ?? [], { generation, now: world.now }),
    ],
    summary: summaryOf(services),
    ...(picture.inForce && { settingsRevision: picture.inForce.revision }),
    services,
    ...(picture.spec.mode === 'Observe' && { differences: differences(world, wanted) }),
  };
}

/** The status of a resource that is not acted upon: all that was known stays, but for the refusal. */
export function refusedStatus(world: World, problems: readonly Problem[]): StackStatus {
  const { generation } = world.stack.metadata;
  const before = world.stack.status?.conditions ?? [];
  const kept = Object.fromEntries(
    CONDITION_TYPES.map((type): [string, Finding] => [
      type,
      before.find((condition) => condition.type === type) ?? {
        status: 'Unknown',
        reason: 'NotChecked',
        message: '',
      },
    ]),
  ) as Findings;
  const reason = problems[0]?.reason ?? 'InvalidSpec';
  const message = problems.map((problem) => problem.message).join('; ');
  const findings: Findings = {
    ...kept,
    InvalidSpec: { status: 'True', reason, message },
    Ready: { status: 'False', reason, message: 'the resource is refused; what ran before it goes on' },
  };
  return {
    ...world.stack.status,
    observedGeneration: generation,
    conditions: [...conditionsOf(findings, before, { generation, now: world.now })],
  };
}

function serviceStatus(world: World, picture: Picture, rollout: Rollout): ServiceStatus {
  const { service, stable, canary, second, applied, stableServing } = rollout;
  const message = messageOf(picture, rollout);
  const breaker = breakerStatus(world, picture, rollout);
  return {
    name: service.name,
    ready: stableServing && second?.kind !== 'starting',
    replicas: stable?.replicas ?? 0,
    readyReplicas: stable?.ready ?? 0,
    image: stable?.image ?? service.image,
    ...(canary && { canaryImage: canary.image, canaryReady: canary.ready }),
    ...(applied && {
      askedWeight: service.second?.weight ?? 0,
      appliedWeight: appliedWeight(world, picture, service.name),
    }),
    ...(breaker && { circuitBreaker: breaker }),
    ...(message !== undefined && { message }),
  };
}

/** What callers were told; in front of the gateway, what its Gateway has taken. */
function appliedWeight({ live, stack }: World, picture: Picture, service: string): number {
  const { inForce, spec } = picture;
  const services: Readonly<Record<string, Settings['services']['order']>> = inForce?.services ?? {};
  const told = services[service]?.canary?.weight ?? 0;
  if (service !== 'gateway' || spec.ingress?.parentRefs === undefined) return told;
  const before = stack.status?.services?.find(({ name }) => name === service)?.appliedWeight;
  return routedWeight(live, picture.stack) ?? before ?? 0;
}

function messageOf(
  { waiting }: Picture,
  { service, second, stable, stableServing }: Rollout,
): string | undefined {
  const missing = waiting.get(service.name);
  if (missing) return `waits for ${missing.join(', ')}`;
  switch (second?.kind) {
    case 'starting':
      return `${second.second.version} gets nothing before its pods are ready`;
    case 'relieving':
      return `${second.left.version} keeps ${second.weight}% until ${service.version} can take over`;
    case 'draining':
      return `${second.left.version} gets nothing any more and finishes what it has`;
    case 'serving':
    case undefined:
      if (stableServing) return undefined;
      return stable === undefined
        ? 'is being made'
        : `${stable.available} of ${stable.replicas} pods are available`;
  }
}

/** In force where every caller has the policies of the resource; services that nobody calls have none. */
function breakerStatus({ live }: World, { stack, objects, hotReload }: Picture, { service }: Rollout) {
  const callers = callersOf(service.name).map((caller) => `Resiliency/${childName(stack, caller)}` as const);
  if (callers.length === 0) return undefined;
  const isKnown = callers.every((key) => {
    const wanted = objects.find((object) => keyOf(object) === key);
    return hash(breakerTowards(service.name, wanted)) === hash(breakerTowards(service.name, live.get(key)));
  });
  const how = hotReload ? ('HotReload' as const) : ('Restart' as const);
  return { ...service.breaker, rollout: isKnown ? how : ('Pending' as const) };
}

function breakerTowards(service: string, resiliency: { readonly [field: string]: unknown } | undefined) {
  const spec = resiliency?.['spec'] as ResiliencySpec | undefined;
  const name = spec?.targets.apps?.[service]?.circuitBreaker;
  return (name !== undefined && spec?.policies.circuitBreakers?.[name]) || null;
}

function summaryOf(services: readonly ServiceStatus[]): NonNullable<StackStatus['summary']> {
  const second = services.filter(({ canaryImage }) => canaryImage !== undefined);
  const breakers = services.flatMap(({ circuitBreaker }) => circuitBreaker ?? []);
  const known = breakers.filter(({ rollout }) => rollout !== 'Pending').length;
  return {
    services: `${services.filter(({ ready }) => ready).length}/${services.length}`,
    canary: second
      .map(({ name }) => name)
      .join(',')
      .slice(0, 200),
    weight: second
      .map(({ appliedWeight = 0 }) => `${appliedWeight}%`)
      .join(',')
      .slice(0, 200),
    breakers: known === breakers.length ? 'InForce' : `${known}/${breakers.length}`,
  };
}

const MOST_DIFFERENCES = 100;

function differences({ live }: World, wanted: readonly Write[]): NonNullable<StackStatus['differences']> {
  return wanted
    .flatMap((write) => {
      if (write.kind === 'delete')
        return [{ object: `${write.ref.kind}/${write.ref.name}`, wanted: 'to be deleted' }];
      if (write.kind !== 'apply') return [];
      return differencesOf(write.object, live.get(keyOf(write.object)));
    })
    .slice(0, MOST_DIFFERENCES);
}
