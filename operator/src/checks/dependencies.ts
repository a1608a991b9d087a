/** Whether services wait for each other in a circle, and whom a service waits for. */
import type { Problem } from './problem.ts';

interface Node {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** One problem per circle. The rules of the API server cannot follow a chain, so that this is found here. */
export function dependencyCycles(services: readonly Node[]): readonly Problem[] {
  const edges = new Map(services.map(({ name, dependsOn }) => [name, dependsOn]));
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) found.push([...path.slice(at), name]);
    if (at >= 0 || done.has(name)) return;
    for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const { name } of services) visit(name, []);
  return found.map((cycle) => ({
    reason: 'DependencyCycle',
    message: `${cycle.join(' → ')} wait for each other: remove one of these dependsOn`,
  }));
}

/** So that each comes after what it depends on; services in a circle stay in their order. */
export function inDependencyOrder<N extends Node>(services: readonly N[]): readonly N[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const ordered = new Set<N>();
  const visit = (service: N, path: ReadonlySet<string>): void => {
    if (ordered.has(service) || path.has(service.name)) return;
    for (const name of service.dependsOn) {
      const next = byName.get(name);
      if (next) visit(next, new Set([...path, service.name]));
    }
    ordered.add(service);
  };
  for (const service of services) visit(service, new Set());
  return [...ordered];
}
