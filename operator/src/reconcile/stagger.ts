/** One reload of a sidecar at a time: each closes its calls for a moment and forgets its open breakers. */
import { keyOf, type Key, type KubeObject } from '../desired/model.ts';
import { ANNOTATIONS } from '../desired/names.ts';
import { differencesOf, type Live, type LiveObject } from './live.ts';

export interface Staggered {
  /** The objects as they shall be now, those that have to wait included. */
  readonly objects: readonly KubeObject[];
  readonly held: ReadonlySet<Key>;
  /** When the next may follow. */
  readonly dueInMs: number | undefined;
}

/** What the sidecars that it is for start anew for. */
const isReloaded = ({ kind }: { readonly kind: string }): boolean =>
  kind === 'Resiliency' || kind === 'Configuration';

/** Lets at most one change of them through, and only when the last one is `pauseMs` ago. New ones reload nobody. */
export function staggered(
  objects: readonly KubeObject[],
  live: Live,
  { now, pauseMs }: { readonly now: string; readonly pauseMs: number },
): Staggered {
  const changed = objects.filter((object) => {
    const there = live.get(keyOf(object));
    return isReloaded(object) && there !== undefined && !isSamePolicy(object, there);
  });
  const last = Math.max(...[...live.values()].map(changedAt), 0);
  const waitMs = last + pauseMs - Date.parse(now);
  if (pauseMs === 0) return { objects, held: new Set(), dueInMs: undefined };
  const [next] = waitMs > 0 ? [] : changed;
  const held = new Set(changed.filter((object) => object !== next).map(keyOf));
  const due = Math.max(waitMs, 0) || pauseMs;
  return {
    objects: objects.map((object) =>
      withTime(object, live.get(keyOf(object)), object === next ? now : undefined),
    ),
    held,
    dueInMs: held.size === 0 ? undefined : due,
  };
}

/** Nothing of it was edited, and it was written for the same policies: one that is no longer wanted counts, too. */
function isSamePolicy(wanted: KubeObject, live: LiveObject): boolean {
  const policies = [wanted, live].map(({ metadata }) => metadata.annotations?.[ANNOTATIONS.policies]);
  return policies[0] === policies[1] && differencesOf(bare(wanted), live).length === 0;
}

function bare({ apiVersion, kind, metadata: { name, namespace }, ...body }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace, labels: {} }, ...body };
}

function changedAt(object: LiveObject): number {
  const text = object.metadata.annotations?.[ANNOTATIONS.changedAt];
  return isReloaded(object) && text !== undefined ? Date.parse(text) : 0;
}

function withTime(object: KubeObject, live: LiveObject | undefined, now: string | undefined): KubeObject {
  const time = now ?? (isReloaded(object) ? live?.metadata.annotations?.[ANNOTATIONS.changedAt] : undefined);
  if (time === undefined) return object;
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.changedAt]: time };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
