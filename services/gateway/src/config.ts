/** What the gateway reads from its environment. */
import { isIP } from 'node:net';
import { cacheNamespace } from '@ecommercestack/contracts';
import { flag, parseConfig, portNumber, wholeNumber } from '@ecommercestack/kit';
import type { Environment } from '@ecommercestack/kit';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '0', ...rest] = text.split('/');
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && rest.length === 0;
}

const configSchema = z.object({
  PORT: portNumber.default(8080),
  HOST: z.string().default('127.0.0.1'),
  TOKEN_ISSUER: z.string().min(1),
  TOKEN_AUDIENCE: z.string().min(1).default('shop-api'),
  /** `https:` (refreshed as keys rotate) or `file:` (read once, at the start). */
  JWKS_URL: z.url({ protocol: /^(https?|file)$/, error: 'must be an http(s): or file: URL' }),
  /** Origins whose pages may call the API, comma-separated, such as `https://shop.example`. */
  CORS_ORIGINS: list
    .refine((origins) => origins.every(isOrigin), 'must be origins, such as https://shop.example')
    .default([]),
  /** Addresses or CIDR blocks of the proxies whose `X-Forwarded-For` is believed, comma-separated. */
  TRUSTED_PROXIES: list
    .refine((networks) => networks.every(isNetwork), 'must be addresses or CIDR blocks')
    .default([]),
  /** Callers reach the gateway over TLS only: browsers are told so (HSTS, `Secure` cookies). */
  TLS: flag.default(false),
  /** Memory for answers that are the same for everybody; 0 keeps none. */
  HTTP_CACHE_MB: wholeNumber.prefault('32'),
  /** Where the replicas of the catalog tell of changes, so that answers are not kept past them. */
  SHARED_CACHE: z.enum(['none', 'redis']).default('none'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://127.0.0.1:6379' })
    .optional(),
  CACHE_NAMESPACE: cacheNamespace.prefault('ecommercestack'),
  /** Event streams that one caller, and this process, may have open. */
  STREAMS_PER_CALLER: wholeNumber.default(5),
  STREAMS_TOTAL: wholeNumber.default(500),
});

/** A server that is chosen must be named. */
const checkedSchema = configSchema.refine(
  ({ SHARED_CACHE, REDIS_URL }) => SHARED_CACHE === 'none' || REDIS_URL !== undefined,
  { path: ['REDIS_URL'], error: 'is needed by SHARED_CACHE=redis' },
);

export type GatewayConfig = ReturnType<typeof readConfig>;

export function readConfig(env: Environment) {
  const values = parseConfig(checkedSchema, env);
  return {
    port: values.PORT,
    host: values.HOST,
    tokens: {
      issuer: values.TOKEN_ISSUER,
      audience: values.TOKEN_AUDIENCE,
      jwksUrl: new URL(values.JWKS_URL),
    },
    corsOrigins: values.CORS_ORIGINS,
    trustedProxies: values.TRUSTED_PROXIES,
    tls: values.TLS,
    httpCacheBytes: values.HTTP_CACHE_MB * 2 ** 20,
    changes:
      values.SHARED_CACHE === 'redis' && values.REDIS_URL !== undefined
        ? { url: values.REDIS_URL, namespace: values.CACHE_NAMESPACE }
        : undefined,
    streams: { perCaller: values.STREAMS_PER_CALLER, total: values.STREAMS_TOTAL },
  };
}
