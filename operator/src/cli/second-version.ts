/** What to change in a resource so that a second version takes over, or goes. Pure. */
import { versionOf } from '@ecommercestack/contracts';
import { CommandError } from './kubectl.ts';
import type { Patch, Service, Stack, Which } from './stack.ts';

export interface Change {
  readonly patch: Patch;
  /** What it means, for a person. */
  readonly text: string;
}

interface Second extends Which {
  readonly kind: 'canary' | 'blueGreen';
}

/** Throws `CommandError` when there is nothing to promote, or, without `force`, nobody of it is ready. */
export function promotion(stack: Stack, name: string, force: boolean): Change {
  const { index, service } = find(stack, name);
  const second = secondOf(service);
  const version = versionOf(second);
  const ready = stack.status?.services?.find((one) => one.name === name)?.canaryReady ?? 0;
  if (ready === 0 && !force)
    throw new CommandError(`No pod of ${name} ${version} is ready; --force promotes it all the same.`);
  const path = `/spec/services/${index}`;
  const stable = IMAGE_FIELDS.flatMap((field) => replaced(path, service, second, field));
  return {
    patch: [...unchanged(path, service, second), ...stable, ...without(path, service, second)],
    text: `${name}: ${version} becomes the stable version. It keeps its share until all pods are replaced.`,
  };
}

const IMAGE_FIELDS = ['version', 'image'] as const;

/** A service has one of the two fields: the other goes. */
function replaced(path: string, service: Service, second: Second, field: 'version' | 'image'): Patch {
  const value = second[field];
  if (value !== undefined) return [{ op: 'add', path: `${path}/${field}`, value }];
  return service[field] === undefined ? [] : [{ op: 'remove', path: `${path}/${field}` }];
}

/** Throws `CommandError` when there is no second version. */
export function withdrawal(stack: Stack, name: string, remove: boolean): Change {
  const { index, service } = find(stack, name);
  const second = secondOf(service);
  const path = `/spec/services/${index}`;
  const change = remove ? without(path, service, second) : silenced(path, second);
  const then = remove ? 'It ends when it has finished what it has.' : 'Its pods stay, to be looked at.';
  return {
    patch: [...unchanged(path, service, second), ...change],
    text: `${name}: nobody is sent to ${versionOf(second)} any more. ${then}`,
  };
}

function find(
  { metadata, spec }: Stack,
  name: string,
): { readonly index: number; readonly service: Service } {
  const services = spec.services ?? [];
  const index = services.findIndex((service) => service.name === name);
  const service = services[index];
  if (service !== undefined) return { index, service };
  const names = services.map((one) => one.name).join(', ');
  throw new CommandError(`${metadata.name} names no service ${name}; it names ${names || 'none'}.`);
}

function secondOf({ name, canary, blueGreen }: Service): Second {
  if (canary) return { kind: 'canary', ...which(canary) };
  if (blueGreen?.preview) return { kind: 'blueGreen', ...which(blueGreen.preview) };
  throw new CommandError(`${name} has no second version.`);
}

const which = ({ version, image }: Which): Which => ({
  ...(version !== undefined && { version }),
  ...(image !== undefined && { image }),
});

/** Somebody else may have changed the resource since it was read: then nothing is done. */
function unchanged(path: string, service: Service, { kind }: Second): Patch {
  return [
    { op: 'test', path: `${path}/name`, value: service.name },
    { op: 'test', path: `${path}/${kind}`, value: service[kind] },
  ];
}

function without(path: string, service: Service, { kind }: Second): Patch {
  if (kind === 'canary') return [{ op: 'remove', path: `${path}/canary` }];
  const { preview: _gone, ...kept } = service.blueGreen ?? {};
  return [{ op: 'replace', path: `${path}/blueGreen`, value: { ...kept, active: 'Stable' } }];
}

function silenced(path: string, { kind }: Second): Patch {
  return kind === 'canary'
    ? [{ op: 'replace', path: `${path}/canary/weight`, value: 0 }]
    : [{ op: 'add', path: `${path}/blueGreen/active`, value: 'Stable' }];
}
