/** What becomes of the children when the resource goes. */
import { stackSpec } from '@ecommercestack/contracts';
import { inDependencyOrder } from '../checks/dependencies.ts';
import { FINALIZER, LABELS } from '../desired/names.ts';
import { resolveServices } from '../desired/resolve.ts';
import { isOwned, type LiveObject } from './live.ts';
import type { Plan, World, Write } from './world.ts';

export function planDeletion(world: World): Plan {
  const { stack, live, namespaceTerminating } = world;
  if (stack.metadata.finalizers?.includes(FINALIZER) !== true) return plan([]);
  const letGo: Write = { kind: 'finalizer', present: false };
  // Everything goes with the namespace, which would wait for us for ever.
  if (namespaceTerminating) return plan([letGo]);
  const owned = [...live.values()].filter((object) => isOwned(object, stack.metadata.uid));
  if (owned.length === 0) return plan([letGo]);
  if (isOrphaning(stack.spec)) return plan(owned.map((object) => ({ kind: 'disown', ref: refOf(object) })));
  const rank = rankBy(stack.spec);
  const first = Math.min(...owned.map(rank));
  const due = owned.filter(
    (object) => rank(object) === first && object.metadata.deletionTimestamp === undefined,
  );
  return plan(due.map((object) => ({ kind: 'delete', ref: refOf(object) })));
}

function plan(writes: readonly Write[]): Plan {
  return { writes, withheld: [], status: undefined, events: [], requeueAfterMs: undefined };
}

/** Read as it is: a resource that is otherwise invalid can be deleted, too. */
function isOrphaning(spec: unknown): boolean {
  return (
    typeof spec === 'object' && spec !== null && 'deletionPolicy' in spec && spec.deletionPolicy === 'Orphan'
  );
}

function refOf({ apiVersion, kind, metadata: { name } }: LiveObject) {
  return { apiVersion, kind, name };
}

const AT_THE_DOOR: ReadonlySet<string> = new Set(['HTTPRoute', 'Ingress']);
const SCALERS: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler', 'ScaledObject']);

/** From the outside in: nobody new comes, then the gateway, then each service before what it depends on, then the rest. */
function rankBy(spec: unknown): (object: LiveObject) => number {
  const parsed = stackSpec.safeParse(spec);
  const services = parsed.success
    ? inDependencyOrder(resolveServices(parsed.data)).map(({ name }) => name)
    : [];
  const order = ['gateway', ...services.toReversed().filter((name) => name !== 'gateway')];
  return ({ kind, metadata: { labels } }) => {
    if (AT_THE_DOOR.has(kind)) return 0;
    if (SCALERS.has(kind)) return 1;
    if (kind !== 'Deployment') return 3 + order.length;
    const at = order.indexOf(labels?.[LABELS.service] ?? '');
    return 2 + (at < 0 ? order.length : at);
  };
}
