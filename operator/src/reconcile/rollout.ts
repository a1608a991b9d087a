/** How a service gets from one version to another: which pods there are, and what share of the calls a second version gets. */
import type { AppliedSecond } from '../desired/settings.ts';
import { versionOf, type Settings } from '@ecommercestack/contracts';
import type { Second, ResolvedService } from '../desired/resolve.ts';
import { fixedReplicas, leastReplicas } from '../desired/scaling.ts';
import { isServing, type DeploymentFacts } from './deployments.ts';

/** Calls that were sent to a version before its weight fell to zero end within this. */
export const DRAIN_MS = 30_000;

export type SecondState =
  /** Its pods are not ready: it gets nothing yet. */
  | { readonly kind: 'starting'; readonly second: Second }
  | { readonly kind: 'serving'; readonly second: Second }
  /** No longer asked for, but the stable version is not ready to take over: it keeps what it has. */
  | { readonly kind: 'relieving'; readonly left: Leaving; readonly weight: number }
  /** It gets nothing any more and finishes what it has; undefined while some caller may not know that yet. */
  | { readonly kind: 'draining'; readonly left: Leaving; readonly since: string | undefined };

export interface Leaving {
  readonly image: string;
  readonly version: string;
  readonly replicas: number;
  readonly shared: boolean;
}

export interface Rollout {
  readonly service: ResolvedService;
  readonly stable: DeploymentFacts | undefined;
  readonly canary: DeploymentFacts | undefined;
  readonly second: SecondState | undefined;
  /** What callers shall see now. */
  readonly applied: AppliedSecond | undefined;
  /** Pods that the stable version needs before it may take over; kept until the second one is gone. */
  readonly floor: number | undefined;
  readonly stableServing: boolean;
}

export interface RolloutInput {
  readonly service: ResolvedService;
  readonly stable: DeploymentFacts | undefined;
  readonly canary: DeploymentFacts | undefined;
  readonly inForce: Settings | undefined;
  /** The way in may still lead to it, whatever callers inside are told. */
  readonly stillRouted: boolean;
  /** As it was once set for this change of versions. */
  readonly recordedFloor: number | undefined;
  /** RFC 3339. */
  readonly now: string;
}

export function rolloutOf(input: RolloutInput): Rollout {
  const { service, stable, canary } = input;
  const { second: asked } = service;
  const floor = asked === undefined && canary !== undefined ? floorOf(input) : undefined;
  const least = leastReplicas(service.scaling, floor);
  const stableServing = isServing(stable, service.image, least);
  // A version that is given up, not promoted, goes as soon as there is anybody else: it may be why it is given up.
  const isPromoted = versionOf({ image: canary?.image }) === versionOf({ image: service.image });
  const canTakeOver = isServing(stable, service.image, isPromoted ? least : 1);
  const second = asked ? arriving(asked, input) : leaving(input, canTakeOver);
  return { service, stable, canary, second, applied: appliedOf(second, input), floor, stableServing };
}

function arriving(second: Second, input: RolloutInput): SecondState {
  const { service, canary } = input;
  const inForce = settingsOfCanary(input);
  // Pods come and go: what it was once given, it keeps while there are any.
  const wasGiven = inForce?.version === second.version && inForce.weight > 0;
  if (wasGiven && canary?.image === second.image && canary.available > 0) return { kind: 'serving', second };
  const replicas = second.replicas ?? fixedReplicas(service.scaling) ?? leastReplicas(service.scaling);
  // A preview gets everything at once, so all of it has to be there; a canary starts with what it has.
  const least = second.kind === 'preview' ? replicas : 1;
  return { kind: isServing(canary, second.image, least) ? 'serving' : 'starting', second };
}

function leaving(input: RolloutInput, canTakeOver: boolean): SecondState | undefined {
  const { canary, now, stillRouted } = input;
  if (canary === undefined) return undefined;
  const { image, replicas, shared } = canary;
  const left = { image, version: versionInForce(input), replicas, shared };
  const weight = weightInForce(input);
  const isTold = canary.drainingSince !== undefined;
  if (!isTold && weight > 0 && !canTakeOver) return { kind: 'relieving', left, weight };
  // The clock starts when nobody sends it anything any more.
  if (weight > 0 || stillRouted) return { kind: 'draining', left, since: undefined };
  const since = canary.drainingSince ?? now;
  return Date.parse(now) - Date.parse(since) >= DRAIN_MS ? undefined : { kind: 'draining', left, since };
}

function settingsOfCanary({ service, inForce }: RolloutInput) {
  const services: Readonly<Record<string, Settings['services']['order']>> = inForce?.services ?? {};
  return services[service.name]?.canary;
}

function weightInForce(input: RolloutInput): number {
  return settingsOfCanary(input)?.weight ?? 0;
}

function versionInForce(input: RolloutInput): string {
  return settingsOfCanary(input)?.version ?? versionOf({ image: input.canary?.image });
}

function appliedOf(second: SecondState | undefined, input: RolloutInput): AppliedSecond | undefined {
  const sticky = settingsOfCanary(input)?.sticky ?? true;
  switch (second?.kind) {
    case undefined:
      return undefined;
    case 'starting':
      return { version: second.second.version, sticky: second.second.sticky, weight: 0 };
    case 'serving':
      return { version: second.second.version, sticky: second.second.sticky, weight: second.second.weight };
    case 'relieving':
      return { version: second.left.version, sticky, weight: second.weight };
    case 'draining':
      return { version: second.left.version, sticky, weight: 0 };
  }
}

/** An autoscaler has sized the stable version for its share; to take over it needs the pods of both. */
function floorOf({ service, stable, canary, recordedFloor }: RolloutInput): number | undefined {
  if (service.scaling.kind === 'fixed') return undefined;
  return recordedFloor ?? (stable?.replicas ?? 0) + (canary?.replicas ?? 0);
}
