/** The gateway and the catalog in a process of their own, so that the load generator does not share their thread. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf, stack } from '@ecommercestack/contracts';
import { buildGateway, readConfig } from '@ecommercestack/gateway';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import {
  createLocalInvoker,
  createLogger,
  createMetrics,
  createSettings,
  type MethodTable,
} from '@ecommercestack/kit';
import { startCatalog } from './platform.ts';

const logger = createLogger({ service: 'bench', level: 'error' });
const metrics = createMetrics({ service: 'gateway' });
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const { app } = await startCatalog(environment);
const apps = new Map<string, MethodTable>([['catalog', app.methods]]);
const folder = await mkdtemp(join(tmpdir(), 'ecommercestack-bench-'));
const issuer = await createDevelopmentIssuer(folder);
const unlimited = { requestsPerSecond: 100_000, burst: 100_000 };
const settings = settingsOf(
  stack.parse({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name: 'bench' },
    spec: { version: '1.0.0', rateLimit: { customer: unlimited, guest: unlimited } },
  }),
  1,
);
const gateway = await buildGateway(
  readConfig({
    ...environment,
    JWKS_URL: issuer.jwksUrl.href,
    TOKEN_ISSUER: issuer.issuer,
    TOKEN_AUDIENCE: issuer.audience,
  }),
  {
    invoker: createLocalInvoker({ apps, logger, metrics, timeoutMs: 60_000 }),
    settings: createSettings(settings),
    logger,
    metrics,
  },
);
const { url } = await gateway.listen(0);
process.once('SIGTERM', () => {
  void (async () => {
    await gateway.stop(1_000);
    await app.stop();
    await rm(folder, { recursive: true });
  })();
});
console.log(url);
