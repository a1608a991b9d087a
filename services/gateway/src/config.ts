/** What the gateway reads from its environment. */
import { isIP } from 'node:net';
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
  /** Event streams that one caller, and this process, may have open. */
  STREAMS_PER_CALLER: wholeNumber.default(5),
  STREAMS_TOTAL: wholeNumber.default(500),
});

export type GatewayConfig = ReturnType<typeof readConfig>;

export function readConfig(env: Environment) {
  const values = parseConfig(configSchema, env);
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
    streams: { perCaller: values.STREAMS_PER_CALLER, total: values.STREAMS_TOTAL },
  };
}
