/**
 * What a shop in a cluster needs to be tried: access tokens, which it signs, logs, and serves the keys of; and products,
 * with which it fills the shop once. Runs until SIGTERM.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedProducts } from '@ecommercestack/catalog/seed';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import { createLogger, parseConfig, portNumber, readIfThere, runProcess } from '@ecommercestack/kit';
import { z } from 'zod';
import { serveKeys, type KeyServer } from './server.ts';
import { stockShelves } from './stock-shelves.ts';

const config = parseConfig(
  z.object({
    HOST: z.string().default('127.0.0.1'),
    PORT: portNumber.default(8082),
    DATA_DIR: z.string().min(1),
    /** Where the shop answers, or will. */
    GATEWAY_URL: z.url(),
  }),
  process.env,
);
const logger = createLogger({ service: 'companion', version: 'development', level: 'info' });
const stopping = new AbortController();
let server: KeyServer | undefined;
let filling: Promise<void> = Promise.resolve();

await runProcess({
  logger,
  start: async () => {
    const issuer = await createDevelopmentIssuer(join(config.DATA_DIR, 'keys'));
    server = await serveKeys(issuer, { host: config.HOST, port: config.PORT });
    const mint = (customer: string, role: 'admin' | 'customer') =>
      issuer.mint({ customer, roles: [role], expiresIn: '30d' });
    const admin = await mint('shop-admin', 'admin');
    // People copy these: they are what this process is for.
    process.stdout.write(`CUSTOMER=${await mint('ada', 'customer')}\nADMIN=${admin}\n`);
    filling = fill(admin).catch((error: unknown) => {
      if (!stopping.signal.aborted) logger.error({ error }, 'the shop is not filled');
    });
  },
  stop: async () => {
    stopping.abort();
    await Promise.all([filling, server?.close()]);
  },
});

async function fill(token: string): Promise<void> {
  const mark = join(config.DATA_DIR, 'filled');
  if ((await readIfThere(mark)) !== undefined) return;
  await stockShelves(seedProducts, { gateway: config.GATEWAY_URL, token, signal: stopping.signal });
  await writeFile(mark, 'The shop was filled; delete this file to fill in what is missing.\n');
  logger.info({ products: seedProducts.length }, 'the shop is filled');
}
