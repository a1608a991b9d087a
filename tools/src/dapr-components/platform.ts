/** What the resources are held against: who there is, what is published, and who calls what. */
import * as contracts from '@ecommercestack/contracts';

export interface Platform {
  readonly services: readonly string[];
  readonly topics: readonly string[];
  /** What each service offers to the others, by service. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
  /** What the gateway calls of that. */
  readonly gatewayCalls: Readonly<Record<string, readonly string[]>>;
}

export function platformOf(): Platform {
  const { deadLetterMethods, messageContracts, routes, serviceNames: services } = contracts;
  // By the way they are named: `order` offers `orderMethods`.
  const exported: Readonly<Record<string, unknown>> = contracts;
  const callable = services.filter((service) => service !== 'gateway');
  const byService = (methods: (service: string) => readonly string[]) =>
    Object.fromEntries(
      callable.map((service) => [service, [...methods(service), ...Object.keys(deadLetterMethods)]]),
    );
  const methodsOf = (service: string) => Object.keys(exported[`${service}Methods`] ?? {});
  return {
    services,
    topics: unique(messageContracts.map(({ topic }) => topic)),
    methods: byService(methodsOf),
    // What it answers itself it asks of the service that offers the same.
    gatewayCalls: byService((service) => {
      const offered = methodsOf(service);
      const asked = routes.filter(
        (route) => route.service === service || (route.service === 'gateway' && offered.includes(route.call)),
      );
      return unique(asked.map(({ call }) => call));
    }),
  };
}

/** Every id a sidecar may have. The gateway's own canary is split before any sidecar, under its own name. */
export function appIdsOf({ services }: Platform): readonly string[] {
  return services.flatMap((service) => (service === 'gateway' ? [service] : [service, canaryOf(service)]));
}

export function canaryOf(service: string): string {
  return `${service}-canary`;
}

/** `order-canary` is a variant of `order`. */
export function serviceOf(appId: string): string {
  return appId.replace(/-canary$/, '');
}

export function deadLetterTopicOf(appId: string): string {
  return `${appId}.dead-letters`;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
