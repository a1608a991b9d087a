/** Whether the world reaches the gateway. */
import type { Problem } from '../checks/problem.ts';
import { childName, workloadName, type StackIdentity } from '../desired/names.ts';
import type { Live, LiveObject } from '../reconcile/live.ts';
import type { Picture } from '../reconcile/picture.ts';
import type { World } from '../reconcile/world.ts';

interface RouteBody {
  readonly spec?: {
    readonly rules?: readonly {
      readonly backendRefs?: readonly { readonly name: string; readonly weight?: number }[];
    }[];
  };
  readonly status?: {
    readonly parents?: readonly {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
        readonly message?: string;
        readonly observedGeneration?: number;
      }[];
    }[];
  };
}

/** The share of the gateway's second version, once a Gateway has taken the route; it counts for nothing before. */
export function routedWeight(live: Live, stack: StackIdentity): number | undefined {
  const route = live.get(`HTTPRoute/${childName(stack, 'gateway')}`);
  return route === undefined || refusalOf(route) !== undefined ? undefined : shareOfCanary(route, stack);
}

/** Until a Gateway has taken the route, it may lead wherever it led before. */
export function leadsToCanary(live: Live, stack: StackIdentity): boolean {
  const route = live.get(`HTTPRoute/${childName(stack, 'gateway')}`);
  return route !== undefined && (refusalOf(route) !== undefined || shareOfCanary(route, stack) > 0);
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
  return kind === 'HTTPRoute' ? refusalOf(route) : undefined;
}

/** A route counts once its Gateway has taken it in its present form. */
function refusalOf(route: LiveObject): Problem | undefined {
  const parents = (route as RouteBody).status?.parents ?? [];
  if (parents.length === 0)
    return { reason: 'RouteNotAccepted', message: 'no Gateway has taken the route yet' };
  const generation = route.metadata.generation ?? 0;
  for (const { conditions = [] } of parents) {
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const found = conditions.find((condition) => condition.type === type);
      if (found?.status === 'True' && (found.observedGeneration ?? generation) >= generation) continue;
      return {
        reason: 'RouteNotAccepted',
        message: `${type} is not true: ${found?.message ?? 'the Gateway has not said'}`,
      };
    }
  }
  return undefined;
}
