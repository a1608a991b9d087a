/** What is there, what is wanted and what stands between: worked out once, for the writes and for the status. */
import type { Settings, StackSpec } from '@ecommercestack/contracts';
import { missingExtensions, pubsubProblem, reloadsHot } from '../checks/cluster.ts';
import { conflictProblems, namespaceProblem } from '../checks/conflicts.ts';
import { dependencyCycles, inDependencyOrder } from '../checks/dependencies.ts';
import { policyProblems } from '../checks/policies.ts';
import type { Problem } from '../checks/problem.ts';
import { desiredObjects, type Decision } from '../desired/build.ts';
import type { Extension, Key, KubeObject } from '../desired/model.ts';
import { ANNOTATIONS, settingsName, workloadName, type StackIdentity, type Track } from '../desired/names.ts';
import { resolveServices, type ResolvedService } from '../desired/resolve.ts';
import { nextSettings, readSettings } from '../desired/settings.ts';
import { leadsToCanary } from '../status/route.ts';
import { factsOf } from './deployments.ts';
import { rolloutOf, type Rollout } from './rollout.ts';
import { staggered } from './stagger.ts';
import type { World } from './world.ts';

export interface Picture {
  readonly spec: StackSpec;
  readonly stack: StackIdentity;
  /** In the order in which they may start. */
  readonly rollouts: readonly Rollout[];
  readonly settings: Settings;
  readonly inForce: Settings | undefined;
  readonly objects: readonly KubeObject[];
  /** Not to be written yet. */
  readonly held: ReadonlySet<Key>;
  /** By service: the services that it waits for. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
  readonly reloadDueInMs: number | undefined;
  readonly hotReload: boolean;
  /** Nothing is written while there is one. */
  readonly refusals: readonly Problem[];
  readonly conflicts: readonly Problem[];
  readonly missing: ReadonlyMap<Extension, Problem>;
  readonly pubsub: Problem | undefined;
}

export function pictureOf(world: World, spec: StackSpec): Picture {
  const { now, live, cluster } = world;
  const stack = world.stack.metadata;
  const services = inDependencyOrder(resolveServices(spec));
  const inForce = readSettings(live.get(`ConfigMap/${settingsName(stack)}`)?.['data']);
  const rollouts = services.map((service) => rolloutFor(world, service, inForce));
  const settings = nextSettings(spec, appliedWeights(rollouts), {
    inForce,
    last: world.stack.status?.settingsRevision ?? 0,
  });
  const hotReload = reloadsHot(spec, cluster);
  const built = desiredObjects({
    stack,
    spec,
    decisions: rollouts.map(decisionOf),
    settings,
    extensions: cluster.extensions,
    pubsub: world.pubsub,
    hotReload,
    revisions: world.revisions,
  });
  const { objects, held, dueInMs } = staggered(built, live, {
    now,
    // Without hot reload, sidecars learn of a policy when their pods are replaced, one after the other.
    pauseMs: hotReload ? spec.dapr.reloadStagger : 0,
  });
  const waiting = waitingServices(rollouts);
  const taken = namespaceProblem(world.stack, world.stacksHere);
  return {
    spec,
    stack,
    rollouts,
    settings,
    inForce,
    objects,
    held: new Set([...held, ...[...waiting.keys()].map((name) => deploymentKey(stack, name, 'stable'))]),
    waiting,
    reloadDueInMs: dueInMs,
    hotReload,
    refusals: [...dependencyCycles(services), ...policyProblems(built)],
    conflicts: [...(taken ? [taken] : []), ...conflictProblems(world.conflicts)],
    missing: missingExtensions(spec, cluster),
    pubsub: pubsubProblem(spec, world.pubsub !== undefined),
  };
}

function deploymentKey(stack: StackIdentity, service: string, track: Track): Key {
  return `Deployment/${workloadName(stack, service, track)}`;
}

function rolloutFor(
  { now, live, stack }: World,
  service: ResolvedService,
  inForce: Settings | undefined,
): Rollout {
  const facts = (track: Track) => {
    const found = live.get(deploymentKey(stack.metadata, service.name, track));
    return found && factsOf(found);
  };
  const scaler = (['HorizontalPodAutoscaler', 'ScaledObject'] as const)
    .map((kind) => live.get(`${kind}/${workloadName(stack.metadata, service.name, 'stable')}`))
    .find((found) => found !== undefined);
  const recorded = scaler?.metadata.annotations?.[ANNOTATIONS.floor];
  return rolloutOf({
    service,
    stable: facts('stable'),
    canary: facts('canary'),
    inForce,
    stillRouted: service.name === 'gateway' && leadsToCanary(live, stack.metadata),
    recordedFloor: recorded === undefined ? undefined : Number(recorded),
    now,
  });
}

function appliedWeights(rollouts: readonly Rollout[]) {
  return new Map(
    rollouts.flatMap(({ service, applied }) => (applied ? [[service.name, applied] as const] : [])),
  );
}

function decisionOf({ service, second, applied, floor }: Rollout): Decision {
  const weight = applied?.weight ?? 0;
  switch (second?.kind) {
    case undefined:
      return { service, floor, second: undefined };
    case 'starting':
    case 'serving': {
      const { image, version, replicas, shared, headers } = second.second;
      return { service, floor, second: { image, version, replicas, shared, weight, headers } };
    }
    case 'relieving':
    case 'draining': {
      const since =
        second.kind === 'draining' && second.since !== undefined ? { drainingSince: second.since } : {};
      return { service, floor, second: { ...second.left, weight, headers: [], ...since } };
    }
  }
}

/** A version does not start before what it depends on is there; what already runs goes on and is kept as it is. */
function waitingServices(rollouts: readonly Rollout[]): ReadonlyMap<string, readonly string[]> {
  const serving = new Set(
    rollouts.filter(({ stableServing }) => stableServing).map(({ service }) => service.name),
  );
  return new Map(
    rollouts.flatMap(({ service, stable }) => {
      const missing = service.dependsOn.filter((name) => !serving.has(name));
      const starts = stable?.image !== service.image;
      return missing.length > 0 && starts ? [[service.name, missing] as const] : [];
    }),
  );
}
