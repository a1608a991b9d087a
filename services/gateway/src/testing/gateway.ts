/** A gateway on a free port, in front of fake services. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  circuitBreakerSettings,
  serviceNames,
  type Role,
  type Route,
  type Settings,
} from '@ecommercestack/contracts';
import { createLocalInvoker, createMetrics, createSettings } from '@ecommercestack/kit';
import type { Clock, MethodTable } from '@ecommercestack/kit';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { buildGateway } from '../app.ts';
import { readConfig } from '../config.ts';
import { createDevelopmentIssuer } from '../development-issuer.ts';
import { fakeServices } from './fake-services.ts';

/** Limits that no spec reaches by accident. */
export function testSettings(changes: Partial<Settings> = {}): Settings {
  const bucket = { requestsPerSecond: 10_000, burst: 10_000 };
  const service = { version: '1.0.0', timeoutMs: 5_000 };
  return {
    revision: 1,
    services: Object.fromEntries(serviceNames.map((name) => [name, service])) as Settings['services'],
    rateLimit: { customer: bucket, guest: bucket },
    payment: { provider: { circuitBreaker: circuitBreakerSettings.parse({}) } },
    ...changes,
  };
}

export interface TestGatewayOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Settings>;
  /** By app-id; replaces the fake of the same name. */
  readonly services?: Readonly<Record<string, MethodTable>>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly routes?: readonly Route[];
  readonly heartbeatMs?: number;
  readonly idleMs?: number;
}

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

export async function startTestGateway(options: TestGatewayOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const issuer = await createDevelopmentIssuer(folder);
  const logger = memoryLogger('gateway');
  const metrics = createMetrics({ service: 'gateway' });
  const settings = createSettings(testSettings(options.settings));
  const apps = new Map([...fakeServices(), ...Object.entries(options.services ?? {})]);
  const { clock, random, routes, heartbeatMs, idleMs } = options;
  const config = readConfig({
    JWKS_URL: issuer.jwksUrl.href,
    TOKEN_ISSUER: issuer.issuer,
    TOKEN_AUDIENCE: issuer.audience,
    // Fakes change their answers as a spec likes.
    HTTP_CACHE_MB: '0',
    ...options.env,
  });
  const gateway = await buildGateway(config, {
    invoker: createLocalInvoker({ apps, logger, metrics, timeoutMs: 60_000 }),
    settings,
    logger,
    metrics,
    ...(clock !== undefined && { clock }),
    ...(random !== undefined && { random }),
    ...(routes !== undefined && { routes }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(idleMs !== undefined && { idleMs }),
  });
  const { url } = await gateway.listen(0);
  return {
    url,
    folder,
    issuer,
    logger,
    metrics,
    settings,
    gateway,
    /** `Authorization` of a customer with these roles. */
    bearer: async (customer: string, ...roles: readonly Role[]) => ({
      authorization: `Bearer ${await issuer.mint({ customer, roles })}`,
    }),
    async [Symbol.asyncDispose]() {
      await gateway.stop(1_000);
      await rm(folder, { recursive: true });
    },
  };
}
