/** All objects of a stack, from the resource and what was decided about each service. Pure, and the same for the same input. */
import type { Settings, StackSpec } from '@ecommercestack/contracts';
import { callersOf } from './dapr-base.ts';
import { brokerOf, configuration, resiliency, sharedPubsub, subscriptions, type Pubsub } from './dapr.ts';
import { deployment } from './deployment.ts';
import { hash } from './hash.ts';
import { missingKinds, type Extension, type KubeObject } from './model.ts';
import { workloadName, type StackIdentity, type Track } from './names.ts';
import {
  clusterService,
  httpRoute,
  ingressObject,
  networkPolicy,
  serviceAccount,
  serviceMonitor,
} from './network.ts';
import type { ImageRef, ResolvedService, Second } from './resolve.ts';
import { autoscaler, disruptionBudget, fixedReplicas } from './scaling.ts';
import { settingsMap } from './settings.ts';

/** The second version of a service as its pods shall be now. */
export interface SecondPods extends ImageRef {
  /** Undefined: scaled as the stable version is. */
  readonly replicas: number | undefined;
  readonly shared: boolean;
  readonly drainingSince?: string;
  readonly weight: number;
  readonly headers: Second['headers'];
}

export interface Decision {
  readonly service: ResolvedService;
  readonly floor: number | undefined;
  readonly second: SecondPods | undefined;
}

export interface BuildInput {
  readonly stack: StackIdentity;
  readonly spec: StackSpec;
  readonly decisions: readonly Decision[];
  readonly settings: Settings;
  readonly extensions: ReadonlySet<Extension>;
  readonly pubsub: Pubsub | undefined;
  /** Sidecars learn of new policies without a restart. */
  readonly hotReload: boolean;
  readonly revisions: ReadonlyMap<string, string>;
}

export function desiredObjects(input: BuildInput): readonly KubeObject[] {
  const { stack, decisions, settings, extensions } = input;
  const missing = missingKinds(extensions);
  const objects = [
    settingsMap(stack, settings),
    ...decisions.flatMap((decision) => objectsOf(input, decision)),
    ...entrance(input),
    serviceMonitor(stack),
  ];
  return objects.filter(({ kind }) => !missing.has(kind));
}

function objectsOf(input: BuildInput, decision: Decision): readonly KubeObject[] {
  const { stack, spec, decisions, pubsub } = input;
  const { service, second } = decision;
  const one = { stack, spec, service };
  const callees = new Map(decisions.map(({ service: callee }) => [callee.name, callee]));
  const resilience = resiliency(one, callees);
  const policies = [configuration(one), ...(resilience ? [resilience] : [])];
  // What drains reads nothing new, but its pods stay as they are.
  const shared = second?.shared === true && second.drainingSince === undefined && pubsub !== undefined;
  return [
    ...(service.pod.serviceAccountName === undefined ? [serviceAccount(one)] : []),
    ...policies,
    networkPolicy(one, callersOf(service.name)),
    ...(shared ? [sharedPubsub(one, pubsub)] : []),
    ...(pubsub ? subscriptions(one, brokerOf(pubsub), shared) : []),
    ...workload(input, decision, 'stable', policies),
    ...(second ? workload(input, decision, 'canary', policies) : []),
  ];
}

function workload(
  { stack, spec, hotReload, revisions, ...input }: BuildInput,
  { service, floor, second }: Decision,
  track: Track,
  policies: readonly KubeObject[],
): readonly KubeObject[] {
  const version = track === 'canary' && second ? second : service;
  const likeStable = track === 'stable' || second?.replicas === undefined;
  const raisedTo = track === 'stable' ? floor : undefined;
  const scaler = likeStable
    ? autoscaler({ stack, service, track, ...(raisedTo !== undefined && { floor: raisedTo }) })
    : undefined;
  const { drainingSince } = track === 'canary' && second ? second : {};
  return [
    serviceFor({ stack, spec, ...input }, { service, second }, track),
    deployment({
      stack,
      spec,
      service,
      track,
      image: version.image,
      version: version.version,
      replicas: likeStable ? fixedReplicas(service.scaling) : second?.replicas,
      shared: track === 'canary' && second?.shared === true,
      ...(drainingSince !== undefined && { drainingSince }),
      ...(!hotReload && { policies: hash(policies.map(({ spec: policy }) => policy)) }),
      revisions,
    }),
    ...(scaler ? [scaler] : []),
    ...(track === 'stable' ? [disruptionBudget({ stack, service, track })] : []),
  ];
}

type Entrance = Pick<BuildInput, 'stack' | 'spec' | 'extensions'>;

/** Weights in front of the gateway need the Gateway API; without it, each of its pods gets an equal share. */
function routesByWeight({ spec, extensions }: Pick<BuildInput, 'spec' | 'extensions'>): boolean {
  return spec.ingress?.parentRefs !== undefined && extensions.has('gateway-api');
}

function serviceFor(
  input: Entrance,
  { service, second }: Pick<Decision, 'service' | 'second'>,
  track: Track,
): KubeObject {
  const { stack } = input;
  const isMixed =
    service.name === 'gateway' && track === 'stable' && (second?.weight ?? 0) > 0 && !routesByWeight(input);
  return clusterService(
    stack,
    service.name,
    workloadName(stack, service.name, track),
    isMixed ? undefined : track,
  );
}

function entrance(input: BuildInput): readonly KubeObject[] {
  const { stack, spec, decisions } = input;
  const { ingress } = spec;
  if (ingress === undefined) return [];
  if (ingress.className !== undefined) return [ingressObject({ stack, ingress })];
  const second = decisions.find(({ service }) => service.name === 'gateway')?.second;
  return [httpRoute({ stack, ingress, second })];
}
