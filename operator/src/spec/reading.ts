/** What specs read in plans and in the simulated cluster. */
import { settings as settingsSchema, type StackSpecInput } from '@ecommercestack/contracts';
import type { ConditionType } from '../crd/status.ts';
import type { Key } from '../desired/model.ts';
import type { Plan, Write } from '../reconcile/world.ts';
import { simulation, type Simulation } from './simulation.ts';

export type ServiceInput = NonNullable<StackSpecInput['services']>[number];

export const shop = (...services: readonly ServiceInput[]): StackSpecInput => ({
  version: '1',
  services: [...services],
});

/** A stack that has settled. */
export function running(spec: StackSpecInput): Simulation {
  const made = simulation(spec);
  made.converge();
  return made;
}

/** What a plan writes, each kind of write once. */
export function writes(plan: Plan): readonly string[] {
  return [...new Set(plan.writes.map(named))];
}

function named(write: Write): string {
  switch (write.kind) {
    case 'apply':
      return `${write.object.kind}/${write.object.metadata.name}`;
    case 'delete':
      return `delete ${write.ref.kind}/${write.ref.name}`;
    case 'disown':
      return `disown ${write.ref.kind}/${write.ref.name}`;
    case 'handover':
      return `hand over ${write.replicas} of ${write.name}`;
    case 'annotate-pods':
      return 'nudge';
    case 'finalizer':
      return write.present ? 'finalizer' : 'no finalizer';
  }
}

export function settingsIn({ live }: Simulation) {
  const data = live.get('ConfigMap/shop-settings')?.['data'] as Readonly<Record<string, string>> | undefined;
  return settingsSchema.parse(JSON.parse(data?.['settings.json'] ?? '{}'));
}

/** What the second version of the catalog gets, as callers are told. */
export function weightOf(made: Simulation): number | undefined {
  return settingsIn(made).services.catalog.canary?.weight;
}

/** A field of the spec of an object. */
export function field({ live }: Simulation, key: Key, name: string): unknown {
  const spec = live.get(key)?.['spec'];
  return typeof spec === 'object' && spec !== null ? Reflect.get(spec, name) : undefined;
}

export function condition(plan: Plan | undefined, type: ConditionType) {
  const found = plan?.status?.conditions?.find((one) => one.type === type);
  return [found?.status, found?.reason];
}
