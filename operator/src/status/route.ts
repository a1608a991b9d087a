/** Whether the world reaches the gateway. */
import type { Problem } from '../checks/problem.ts';
import { childName, workloadName, type StackIdentity } from '../desired/names.ts';
import type { Live, LiveObject } from '../reconcile/live.ts';
import type { Picture } from '../reconcile/picture.ts';
import type { World } from '../reconcile/world.ts';

interface ParentRef {
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
}

interface RouteBody {
  readonly spec?: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly {
      readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

interface ParentStatus {
  readonly parentRef: ParentRef;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly observedGeneration?: number;
  }[];
}

/** The share of the gateway's second version, once a Gateway has taken the route; it counts for nothing before. */
export function routedWeight(live: Live, stack: StackIdentity): number | undefined {
  const route = live.get(`HTTPRoute/${childName(stack, 'gateway')}`);
  return route === undefined || refusalOf(route, stack) !== undefined
    ? undefined
    : shareOfCanary(route, stack);
}

/** Until a Gateway has taken the route, it may lead wherever it led before. */
export function leadsToCanary(live: Live, stack: StackIdentity): boolean {
  const route = live.get(`HTTPRoute/${childName(stack, 'gateway')}`);
  return route !== undefined && (refusalOf(route, stack) !== undefined || shareOfCanary(route, stack) > 0);
}

/** The last rule is the one without a condition. */
function shareOfCanary(route: LiveObject, stack: StackIdentity): number {
  const canary = workloadName(stack, 'gateway', 'canary');
  const { backendRefs = [] } = (route as RouteBody).spec?.rules?.at(-1) ?? {};
  return backendRefs.find(({ name }) => name === canary)?.weight ?? 0;
}

export function routeProblem({ live }: World, { spec, stack }: Picture): Problem | undefined {
  if (spec.ingress === undefined) return undefined;
  const name = childName(stack, 'gateway');
  const kind = spec.ingress.parentRefs ? 'HTTPRoute' : 'Ingress';
  const route = live.get(`${kind}/${name}`);
  if (route === undefined) return { reason: 'RouteMissing', message: `${kind}/${name} is not there yet` };
  return kind === 'HTTPRoute' ? refusalOf(route, stack) : undefined;
}

/**
 * A route counts once each Gateway that it names has taken it in its present form. What the status says of others is
 * left from a time when it named them.
 */
function refusalOf(route: LiveObject, { namespace }: StackIdentity): Problem | undefined {
  const { spec, status } = route as RouteBody;
  const { generation = 0 } = route.metadata;
  for (const ref of spec?.parentRefs ?? []) {
    const said = (status?.parents ?? []).filter(({ parentRef }) => isSame(parentRef, ref, namespace));
    const refusals = said.map((parent) => refusalBy(parent, generation));
    if (refusals.includes(undefined)) continue;
    const message = refusals[0] ?? 'it has not said';
    return {
      reason: 'RouteNotAccepted',
      message: `the Gateway ${ref.name} has not taken the route: ${message}`,
    };
  }
  return undefined;
}

function isSame(one: ParentRef, other: ParentRef, namespace: string): boolean {
  const key = (ref: ParentRef) => [ref.namespace ?? namespace, ref.name, ref.sectionName].join('/');
  return key(one) === key(other);
}

function refusalBy({ conditions = [] }: ParentStatus, generation: number): string | undefined {
  for (const type of ['Accepted', 'ResolvedRefs']) {
    const found = conditions.find((condition) => condition.type === type);
    if (found?.status === 'True' && (found.observedGeneration ?? generation) >= generation) continue;
    return `${type} is not true${found?.message === undefined ? '' : `, ${found.message}`}`;
  }
  return undefined;
}
