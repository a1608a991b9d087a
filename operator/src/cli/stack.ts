/** An EcommerceStack as the API server answers it: what this command reads of it. */
import type { StackStatus } from '../crd/status.ts';
import { CommandError, type Kubectl } from './kubectl.ts';

export interface Which {
  readonly version?: string;
  readonly image?: string;
}

export interface Service extends Which {
  readonly name: string;
  readonly canary?: Which & { readonly weight: number };
  readonly blueGreen?: { readonly active?: 'Stable' | 'Preview'; readonly preview?: Which };
}

export interface Stack {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation: number;
    readonly creationTimestamp: string;
  };
  readonly spec: {
    readonly version: string;
    readonly paused?: boolean;
    readonly mode?: 'Enforce' | 'Observe';
    readonly services?: readonly Service[];
  };
  readonly status?: StackStatus;
}

const RESOURCE = 'ecommercestacks.ecommercestack.io';

/** The one of that name, or the only one of the namespace. Throws `CommandError` when that is not one. */
export async function readStack(kubectl: Kubectl, name: string | undefined): Promise<Stack> {
  if (name !== undefined)
    return JSON.parse(await kubectl.run('get', RESOURCE, name, '--output=json')) as Stack;
  const { items } = JSON.parse(await kubectl.run('get', RESOURCE, '--output=json')) as { items: Stack[] };
  const [stack, ...others] = items;
  if (stack === undefined)
    throw new CommandError('There is no EcommerceStack here; -n names another namespace.');
  if (others.length > 0) {
    const names = items.map(({ metadata }) => metadata.name).join(', ');
    throw new CommandError(`Which of them? --stack takes one of ${names}.`);
  }
  return stack;
}

/** RFC 6902. */
export type Patch = readonly {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}[];

/** All of it or nothing. Throws `CommandError` when the API server refuses it, or a `test` no longer holds. */
export async function patchStack(kubectl: Kubectl, { metadata }: Stack, patch: Patch): Promise<void> {
  const target = [RESOURCE, metadata.name, `--namespace=${metadata.namespace}`];
  const how = ['--type=json', '--field-manager=kubectl-estack', `--patch=${JSON.stringify(patch)}`];
  await kubectl.run('patch', ...target, ...how);
}
