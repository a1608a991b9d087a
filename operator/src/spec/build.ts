/** Builds the objects of a resource, for specs. */
import { settingsOf, stackSpec, type StackSpecInput } from '@ecommercestack/contracts';
import { desiredObjects, type BuildInput } from '../desired/build.ts';
import type { KubeObject } from '../desired/model.ts';
import { resolveServices } from '../desired/resolve.ts';
import { ALL_EXTENSIONS, KAFKA } from './simulation.ts';

export const SHOP = { name: 'shop', namespace: 'default', uid: 'uid-1' };

/** As if every second version were serving. */
export function build(input: StackSpecInput, changes: Partial<BuildInput> = {}): readonly KubeObject[] {
  const spec = stackSpec.parse(input);
  return desiredObjects({
    stack: SHOP,
    spec,
    decisions: resolveServices(spec).map((service) => ({
      service,
      floor: undefined,
      second: service.second,
    })),
    settings: settingsOf({ spec }, 1),
    extensions: ALL_EXTENSIONS,
    pubsub: KAFKA,
    hotReload: true,
    revisions: new Map(),
    ...changes,
  });
}

export function find(objects: readonly KubeObject[], key: string): KubeObject {
  const found = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === key);
  if (found === undefined) throw new Error(`no ${key}`);
  return found;
}
