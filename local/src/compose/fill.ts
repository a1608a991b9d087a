/** Fills the shop once, as an administrator, through the sidecar that it shares a network with; prints two tokens. */
import { join } from 'node:path';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import { createLogger, createMetrics, createMetricsRegistry, parseConfig } from '@ecommercestack/kit';
import { createDaprInvoker, createSidecarClient } from '@ecommercestack/kit/dapr';
import { z } from 'zod';
import { fillOnce } from '../opening.ts';

const { DATA_DIR: data } = parseConfig(z.object({ DATA_DIR: z.string().min(1) }), process.env);
const logger = createLogger({ service: 'local', version: 'compose', level: 'info' });
const metrics = createMetrics({ service: 'local', registry: createMetricsRegistry() });
const client = createSidecarClient({ url: 'http://127.0.0.1:3500' });
try {
  await fillOnce(data, createDaprInvoker({ client, logger, metrics, timeoutMs: 60_000 }));
} finally {
  await client.close();
}
const issuer = await createDevelopmentIssuer(join(data, 'keys'));
const mint = (customer: string, role: 'admin' | 'customer') =>
  issuer.mint({ customer, roles: [role], expiresIn: '30d' });
console.log(`The shop is open: http://127.0.0.1:8080
customer: ${await mint('ada', 'customer')}
admin:    ${await mint('shop-admin', 'admin')}`);
