/** What `dapr-components/` says, which is where it is written by hand; `npm run generate` copies it. */
import type { ServiceName } from '@ecommercestack/contracts';
import base from './dapr-base.json' with { type: 'json' };

export interface RetryPolicy {
  readonly policy: string;
  readonly duration?: string;
  readonly maxInterval?: string;
  readonly maxRetries: number;
  readonly matching?: Readonly<Record<string, string>>;
}

export interface BreakerPolicy {
  readonly maxRequests: number;
  readonly timeout: string;
  readonly trip: string;
}

export interface ResiliencySpec {
  readonly policies: {
    readonly retries?: Readonly<Record<string, RetryPolicy>>;
    readonly circuitBreakers?: Readonly<Record<string, BreakerPolicy>>;
  };
  readonly targets: {
    /** By app-id of the callee. */
    readonly apps?: Readonly<Record<string, { readonly retry: string; readonly circuitBreaker: string }>>;
    readonly components?: Readonly<Record<string, unknown>>;
  };
}

export interface AccessPolicy {
  readonly appId: string;
  readonly namespace: string;
  readonly [field: string]: unknown;
}

export interface ConfigurationSpec {
  readonly accessControl: { readonly policies?: readonly AccessPolicy[]; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface SubscriptionBase {
  readonly name: string;
  readonly spec: { readonly pubsubname: string; readonly topic: string; readonly [field: string]: unknown };
}

export interface DaprBase {
  readonly configuration: ConfigurationSpec;
  readonly resiliency: ResiliencySpec;
  /** By broker: the two deliver differently. */
  readonly subscriptions: Readonly<Record<Broker, readonly SubscriptionBase[]>>;
}

export type Broker = 'kafka' | 'redis';

/** Wider than the file, which names only what each service has. */
const BASE: Readonly<Record<string, DaprBase>> = base satisfies Record<ServiceName, unknown>;

/** Undefined for a service that is not the platform's. */
export function daprBase(service: string): DaprBase | undefined {
  return BASE[service];
}

/** The services that call this one. */
export function callersOf(service: string): readonly string[] {
  return Object.keys(BASE).filter((caller) => service in (BASE[caller]?.resiliency.targets.apps ?? {}));
}
