/** The plan of one reconcile: what to write, in which order, and what to say. Pure; it can be made again at any time. */
import { stackSpec } from '@ecommercestack/contracts';
import type { Problem } from '../checks/problem.ts';
import { keyOf, missingKinds, type Kind, type KubeObject } from '../desired/model.ts';
import { ANNOTATIONS, FINALIZER } from '../desired/names.ts';
import { eventsBetween } from '../status/events.ts';
import { refusedStatus, statusOf } from '../status/status.ts';
import { planDeletion } from './deletion.ts';
import { factsOf } from './deployments.ts';
import { isOwned, needsApply, stamped, type LiveObject } from './live.ts';
import { pictureOf, type Picture } from './picture.ts';
import { DRAIN_MS } from './rollout.ts';
import type { Plan, World, Write } from './world.ts';

export function planFor(world: World): Plan {
  if (world.stack.metadata.deletionTimestamp !== undefined) return planDeletion(world);
  const parsed = stackSpec.safeParse(world.stack.spec);
  if (!parsed.success) return refused(world, [invalid(parsed.error.issues)]);
  const picture = pictureOf(world, parsed.data);
  if (picture.refusals.length > 0) return refused(world, picture.refusals);
  const wanted = writesOf(world, picture);
  const { paused, mode } = picture.spec;
  const isFree = picture.conflicts.every(({ reason }) => reason !== 'NamespaceTaken');
  const status = statusOf(world, picture, wanted);
  return {
    writes: !paused && mode === 'Enforce' && isFree ? wanted : [],
    withheld: !paused && mode === 'Observe' && isFree ? wanted : [],
    status,
    events: eventsBetween(world.stack.status, status),
    requeueAfterMs: paused || mode === 'Observe' ? undefined : soonest(world, picture),
  };
}

function invalid(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Problem {
  const list = issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return { reason: 'InvalidSpec', message: list.join('; ') };
}

/** What runs stays as it is. */
function refused(world: World, problems: readonly Problem[]): Plan {
  const status = refusedStatus(world, problems);
  const events = eventsBetween(world.stack.status, status);
  return { writes: [], withheld: [], status, events, requeueAfterMs: undefined };
}

/** What others need comes first; weights move before the pods that lose them go. */
const APPLY_ORDER: readonly Kind[] = [
  'ServiceAccount',
  'ConfigMap',
  'Component',
  'Configuration',
  'Resiliency',
  'NetworkPolicy',
  'Service',
  'Deployment',
  'HorizontalPodAutoscaler',
  'ScaledObject',
  'PodDisruptionBudget',
  'Subscription',
  'HTTPRoute',
  'Ingress',
  'ServiceMonitor',
];
/** They would go on scaling what is scaled otherwise by then. */
const SCALERS: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler', 'ScaledObject']);

function writesOf(world: World, picture: Picture): readonly Write[] {
  const wanted = new Set<string>(picture.objects.map(keyOf));
  // While an extension is being installed, what is left of it is listed before it counts as there.
  const unknown = missingKinds(world.cluster.extensions);
  const obsolete = [...world.live.values()].filter(
    (live) =>
      !wanted.has(keyOf(live)) &&
      !unknown.has(live.kind as Kind) &&
      !isGoing(live) &&
      isOwned(live, picture.stack.uid),
  );
  const byKind = Map.groupBy(picture.objects, ({ kind }) => kind);
  const isFinal = world.stack.metadata.finalizers?.includes(FINALIZER) === true;
  return [
    ...(isFinal ? [] : [{ kind: 'finalizer', present: true } as const]),
    ...obsolete.filter(({ kind }) => SCALERS.has(kind)).map(removal),
    ...APPLY_ORDER.flatMap((kind) => byKind.get(kind) ?? []).flatMap((object) =>
      applies(world, picture, object),
    ),
    ...nudges(world, picture),
    ...obsolete.filter(({ kind }) => !SCALERS.has(kind)).map(removal),
  ];
}

function isGoing({ metadata }: LiveObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function removal({ apiVersion, kind, metadata: { name } }: LiveObject): Write {
  return { kind: 'delete', ref: { apiVersion, kind, name } };
}

function applies({ live }: World, { held }: Picture, object: KubeObject): readonly Write[] {
  const key = keyOf(object);
  const there = live.get(key);
  if (held.has(key) || !needsApply(object, there)) return [];
  const apply = { kind: 'apply', manager: 'ecommercestack', object: stamped(object) } as const;
  return there === undefined ? [apply] : [...handover(object, there), apply];
}

/** Dropping `replicas` before anybody else holds it would set it to 1. */
function handover(object: KubeObject, live: LiveObject): readonly Write[] {
  if (object.kind !== 'Deployment' || 'replicas' in (object['spec'] as object)) return [];
  const { ownsReplicas, replicas } = factsOf(live);
  return ownsReplicas ? [{ kind: 'handover', name: object.metadata.name, replicas }] : [];
}

/** A changed annotation makes the kubelet read the ConfigMap again at once; else it would take a minute. */
function nudges({ pods }: World, { settings }: Picture): readonly Write[] {
  const annotations = { [ANNOTATIONS.settings]: String(settings.revision) };
  const names = pods
    .filter((pod) => pod.annotations[ANNOTATIONS.settings] !== annotations[ANNOTATIONS.settings])
    .map(({ name }) => name);
  return names.length === 0 ? [] : [{ kind: 'annotate-pods', names, annotations }];
}

function soonest({ now }: World, { rollouts, reloadDueInMs }: Picture): number | undefined {
  const drains = rollouts.flatMap(({ second }) =>
    second?.kind === 'draining' && second.since !== undefined
      ? [Math.max(Date.parse(second.since) + DRAIN_MS - Date.parse(now), 1)]
      : [],
  );
  const due = [...drains, ...(reloadDueInMs === undefined ? [] : [reloadDueInMs])];
  return due.length === 0 ? undefined : Math.min(...due);
}
