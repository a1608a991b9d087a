/** The settings file for a resource. Pure; the operator and `npm start` share it. */
import {
  circuitBreakerSettings,
  serviceNames,
  type ServiceName,
  type ServiceSettings,
  type Settings,
} from '../settings.ts';
import { versionOf } from './canary.ts';
import type { StackService } from './service.ts';
import type { StackSpec } from './spec.ts';

export function settingsOf({ spec }: { readonly spec: StackSpec }, revision: number): Settings {
  const declared = new Map(spec.services.map((service) => [service.name, service]));
  const services = Object.fromEntries(
    serviceNames.map((name): [ServiceName, ServiceSettings] => {
      const service = declared.get(name);
      const second = service && secondVersion(service);
      return [
        name,
        {
          version: given(service) ? versionOf(service) : spec.version,
          timeoutMs: service?.timeout ?? spec.defaults.timeout,
          ...(second && { canary: { ...second, salt: `${name}/${second.version}` } }),
        },
      ];
    }),
  ) as Record<ServiceName, ServiceSettings>;
  return {
    revision,
    services,
    rateLimit: spec.rateLimit,
    payment: {
      provider: {
        circuitBreaker: declared.get('payment')?.provider?.circuitBreaker ?? circuitBreakerSettings.parse({}),
      },
    },
  };
}

function given(service: StackService | undefined): service is StackService {
  return service?.version !== undefined || service?.image !== undefined;
}

/** A preview is a canary that gets all calls or none. */
function secondVersion({ canary, blueGreen }: StackService) {
  if (canary) return { version: versionOf(canary), weight: canary.weight, sticky: canary.sticky };
  if (!blueGreen?.preview) return undefined;
  return {
    version: versionOf(blueGreen.preview),
    weight: blueGreen.active === 'Preview' ? 100 : 0,
    sticky: true,
  };
}
