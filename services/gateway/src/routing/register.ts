/** Puts the route table into an Express application. */
import type { Route } from '@ecommercestack/contracts';
import type { Express, Request } from 'express';
import type { Dispatch } from './dispatch.ts';

/** `/api/orders/{orderId}?ids` without its variant: the path that is matched. */
export function pathOf(route: Pick<Route, 'path'>): string {
  return route.path.split('?')[0] ?? route.path;
}

/** The query parameter that chooses this variant of the path; undefined for the route that needs none. */
export function variantParameter(route: Pick<Route, 'path'>): string | undefined {
  return route.path.split('?')[1];
}

export function registerRoutes(app: Express, routes: readonly Route[], dispatch: Dispatch): void {
  for (const variants of byEndpoint(routes)) {
    const [first] = variants;
    const path = pathOf(first).replaceAll(/\{(\w+)\}/g, ':$1');
    app[first.method](path, (req, res) => dispatch(req, res, chooseVariant(variants, req)));
  }
}

/** Routes by path and method, fixed paths before those with parameters that would also match them. */
export function byEndpoint(routes: readonly Route[]): readonly (readonly [Route, ...Route[]])[] {
  const groups = Map.groupBy(routes, (route) => `${route.method} ${pathOf(route)}`);
  return [...groups.values()]
    .map((group) => group as [Route, ...Route[]])
    .toSorted(([a], [b]) => pathOf(a).split('{').length - pathOf(b).split('{').length);
}

function chooseVariant(variants: readonly [Route, ...Route[]], req: Request): Route {
  const { query } = req;
  const asked = variants.find((route) => {
    const parameter = variantParameter(route);
    return parameter !== undefined && query[parameter] !== undefined;
  });
  return asked ?? variants.find((route) => variantParameter(route) === undefined) ?? variants[0];
}
