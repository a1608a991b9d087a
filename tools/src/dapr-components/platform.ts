/** What the resources are held against: who there is, what is published, and who calls what. */
import * as contracts from '@ecommercestack/contracts';
import type { MessageContract, MethodContracts } from '@ecommercestack/contracts';

export interface Platform {
  readonly services: readonly string[];
  readonly topics: readonly string[];
  /** What each service offers to the others, by service. */
  readonly methods: Readonly<Record<string, readonly string[]>>;
  /** What the gateway calls of that. */
  readonly gatewayCalls: Readonly<Record<string, readonly string[]>>;
}

export function platformOf(): Platform {
  const { orderMethods, inventoryMethods, paymentMethods, catalogMethods, notificationMethods } = contracts;
  const own: Readonly<Record<string, MethodContracts>> = {
    order: orderMethods,
    inventory: inventoryMethods,
    payment: paymentMethods,
    catalog: catalogMethods,
    notification: notificationMethods,
  };
  const deadLetters = Object.keys(contracts.deadLetterMethods);
  const byService = (methods: (service: string) => readonly string[]) =>
    Object.fromEntries(Object.keys(own).map((service) => [service, methods(service)]));
  const messages: readonly MessageContract[] = [
    ...Object.values(contracts.orderEvents),
    ...Object.values(contracts.inventoryCommands),
    ...Object.values(contracts.inventoryEvents),
    contracts.stockLevelChanged,
    ...Object.values(contracts.paymentCommands),
    ...Object.values(contracts.paymentEvents),
    ...Object.values(contracts.catalogEvents),
  ];
  return {
    services: contracts.serviceNames,
    topics: unique(messages.map(({ topic }) => topic)),
    methods: byService((service) => [...Object.keys(own[service] ?? {}), ...deadLetters]),
    gatewayCalls: byService((service) => [
      ...unique(contracts.routes.filter((route) => route.service === service).map(({ call }) => call)),
      ...deadLetters,
    ]),
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
