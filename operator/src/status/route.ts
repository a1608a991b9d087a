/** Whether the world reaches the gateway. */
import type { Problem } from '../checks/problem.ts';
import { childName } from '../desired/names.ts';
import type { LiveObject } from '../reconcile/live.ts';
import type { Picture } from '../reconcile/picture.ts';
import type { World } from '../reconcile/world.ts';

interface RouteStatus {
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
  const parents = (route as RouteStatus).status?.parents ?? [];
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
