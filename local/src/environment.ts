/** What a service is configured with on a laptop, beside its defaults. */
import type { Backend } from './services.ts';

export interface Surroundings {
  /** Connection strings by service. */
  readonly databases: Readonly<Record<string, string>>;
  readonly provider: { readonly url: string; readonly webhookSecret: string };
}

export type Values = Readonly<Record<string, string>>;

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
