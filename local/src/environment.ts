/** What a service is configured with on a laptop, beside its defaults. */
import type { ServiceName } from '@ecommercestack/contracts';
import type { Environment } from '@ecommercestack/kit';
import type { Backend } from './services.ts';

export interface Surroundings {
  /** Connection strings by service. */
  readonly databases: Readonly<Record<string, string>>;
  readonly provider: { readonly url: string; readonly webhookSecret: string };
}

export type Values = Readonly<Record<string, string>>;

/** Where the catalog keeps what it keeps, where that is not the PostgreSQL of the laptop. */
const CATALOG_VARIABLES = /^(PRODUCT_STORE|MONGODB_URL|SEARCH_INDEX|ELASTICSEARCH_(URL|PREFIX))$/;

/** Tracing, the log level, what concerns Node itself and the broker, and the stores of the catalog. */
export function inheritedFrom(environment: Environment): Values {
  const passed = /^(OTEL_|NODE_|(LOG_LEVEL|TZ|PUBSUB_PARTITIONS)$)/;
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        (passed.test(entry[0]) || CATALOG_VARIABLES.test(entry[0])) && entry[1] !== undefined,
    ),
  );
}

/** Their URLs may hold passwords: no other service is given them. */
export function inheritedBy(service: ServiceName, inherited: Values): Values {
  if (service === 'catalog') return inherited;
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => !CATALOG_VARIABLES.test(name)));
}

/** What only the service itself may see. */
export function secretsOf(service: Backend, { databases, provider }: Surroundings): Values {
  const database = databases[service];
  if (database === undefined) throw new Error(`no database for ${service}`);
  return {
    DATABASE_URL: database,
    ...(service === 'payment' && { WEBHOOK_SECRET: provider.webhookSecret }),
  };
}

/** For the catalog and the gateway, where there is a Redis: a cache that their replicas share, and what it tells. */
export function sharedCacheAt(redisUrl: string): Values {
  return { SHARED_CACHE: 'redis', REDIS_URL: redisUrl };
}

/** One pool per service on a laptop: smaller than the default, which is meant for a server of its own. */
export function configurationOf(service: Backend, { provider }: Surroundings): Values {
  return {
    PG_POOL_MAX: '4',
    PG_POOL_MIN: '1',
    ...(service === 'payment' && {
      PROVIDER_URL: provider.url,
      // The provider is next door: whoever is waiting for it need not wait as long as across the internet.
      CALL_TIMEOUT: '3s',
      ARRIVAL_LIMIT: '5s',
    }),
    // So is the mailbox.
    ...(service === 'notification' && { SEND_TIMEOUT: '5s', SEND_LEASE: '10s' }),
  };
}
