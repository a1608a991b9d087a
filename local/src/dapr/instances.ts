/** Which service processes the resource asks for. */
import { serviceNames, type ServiceName, type Settings, type Stack } from '@ecommercestack/contracts';
import type { Variant } from '../services.ts';

export interface Instance {
  /** Unique; of its log file, and the instance id of the process. */
  readonly name: string;
  readonly service: ServiceName;
  readonly variant: Variant;
  /** Instances of one app-id share its work. */
  readonly appId: string;
}

/**
 * One process of each service, unless it names its own number: the resource's default is meant for a cluster. The
 * gateway is always one, since it owns the shop's port. A canary of another version is another instance.
 */
export function instancesOf(stack: Stack, settings: Settings): readonly Instance[] {
  const replicas = new Map<string, number | undefined>(
    stack.spec.services.map((service) => [service.name, service.replicas]),
  );
  return serviceNames.flatMap((service) => {
    const count = service === 'gateway' ? 1 : (replicas.get(service) ?? 1);
    const stable = Array.from({ length: count }, (_, index): Instance => ({
      name: `${service}-${index + 1}`,
      service,
      variant: 'stable',
      appId: service,
    }));
    const { canary } = settings.services[service];
    if (canary === undefined) return stable;
    const appId = `${service}-canary`;
    const name = `${appId}-${canary.version}`;
    return [...stable, { name, service, variant: 'canary', appId }];
  });
}
