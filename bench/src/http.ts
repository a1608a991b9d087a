/** Checkout over HTTP: `POST /api/orders` with `Prefer: wait` through the gateway of the whole platform. */
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { Platform, testStack, type StartOptions } from '@ecommercestack/tests/platform';
import { repeated, type Sample } from './measure.ts';
import { memoryOf } from './processes.ts';

const CUSTOMERS = 64;
const SKUS = 100;
const WARM_UP_SECONDS = 5;

export interface CheckoutResult {
  /** Their CPU is without that of the load generator. */
  readonly samples: readonly Sample[];
  /** Bytes: the platform, PostgreSQL and the provider simulator, after the runs. */
  readonly memory: number;
}

export interface CheckoutOptions {
  readonly concurrency: number;
  readonly seconds: number;
  readonly runs: number;
  /** Default: `npm start`. */
  readonly platform?: Pick<StartOptions, 'runtime' | 'args' | 'env'>;
}

/** Every order must be confirmed; anything else ends the benchmark. */
export async function benchCheckout(options: CheckoutOptions): Promise<CheckoutResult> {
  const { concurrency, seconds, runs } = options;
  const platform = await Platform.start({ stack: testStack(), ...options.platform });
  try {
    const { url, adminToken } = platform.access;
    const pool = new Pool(url, { connections: concurrency });
    const tokens = [
      ...(await platform.tokens(Array.from({ length: CUSTOMERS }, (_, index) => `bench-${index}`))).values(),
    ];
    const skus = Array.from({ length: SKUS }, (_, index) => `BENCH-${index}`);
    await Promise.all(skus.map((sku) => stock(pool, adminToken, sku)));
    const operation = (index: number) =>
      checkout(pool, tokens[index % CUSTOMERS] ?? '', skus[index % SKUS] ?? '');
    const samples = await repeated(
      { concurrency, operation, seconds, pid: platform.pid },
      { runs, warmUpSeconds: WARM_UP_SECONDS },
    );
    const memory = await memoryOf(platform.pid);
    await pool.close();
    return { samples, memory };
  } finally {
    await platform.stop();
  }
}

async function stock(pool: Pool, token: string, sku: string): Promise<void> {
  const price = { amount: 1_000, currency: 'EUR' };
  await post(pool, token, '/api/products', { sku, name: sku, category: 'bench', brand: 'Bench', price });
  await post(pool, token, `/api/inventory/${sku}/restock`, { quantity: 1_000_000 });
}

async function checkout(pool: Pool, token: string, sku: string): Promise<void> {
  const order = await post(pool, token, '/api/orders', {
    items: [{ sku, quantity: 1 }],
    payment: { token: 'tok_ok' },
    shippingAddress: { name: 'Bench', line1: 'Street 1', postalCode: '1', city: 'City', country: 'NL' },
  });
  if (order['status'] !== 'CONFIRMED') throw new Error(`not confirmed: ${JSON.stringify(order)}`);
}

async function post(
  pool: Pool,
  token: string,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const { statusCode, body: answer } = await pool.request({
    method: 'POST',
    path,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      prefer: 'wait=30',
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (statusCode >= 300) throw new Error(`${path}: ${statusCode} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
