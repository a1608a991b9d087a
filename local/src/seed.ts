/** Fills an empty shop: products and stock, through the same methods that an administrator uses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogMethods, inventoryMethods, type ProductInput } from '@ecommercestack/contracts';
import {
  createClient,
  UpstreamError,
  type CallContext,
  type Invoker,
  type Outcome,
} from '@ecommercestack/kit';

export interface SeedProduct {
  readonly product: ProductInput;
  /** Units. */
  readonly stock: number;
}

const PARALLEL = 8;
/** Between two looks whether everything has arrived in the search. */
const LOOK_AGAIN_MS = 200;
/** Longer than it takes to be well again: each try counts for a circuit breaker. */
const INSIST_MS = 2_000;

/** Can be interrupted and repeated: what exists stays as it is, and a SKU is stocked once. */
export async function seed(
  invoker: Invoker,
  products: readonly SeedProduct[],
  signal: AbortSignal,
): Promise<void> {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  const inventory = createClient(inventoryMethods, invoker, 'inventory');
  const context = contextOf(signal);
  const queue = [...products];
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { product, stock } = next;
        accept(await insist(() => catalog['create-product'](product, context), signal), ['product-exists']);
        if (stock === 0) continue;
        const restock = { sku: product.sku, quantity: stock, idempotencyKey: `seed:${product.sku}` };
        accept(await insist(() => inventory.restock(restock, context), signal), []);
      }
    }),
  );
}

/** Products and stock travel to the search by messages: a shop that opens before they arrive looks empty. */
export async function untilFound(
  invoker: Invoker,
  products: readonly SeedProduct[],
  signal: AbortSignal,
): Promise<void> {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  const context = contextOf(signal);
  const stocked = products.filter(({ stock }) => stock > 0).length;
  for (;;) {
    const found = await insist(
      () => catalog['search-products']({ inStock: true, limit: 1 }, context),
      signal,
    );
    accept(found, []);
    if (found.ok && found.value.total >= stocked) return;
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** A service that has just started, or the store behind it, may be out of reach for a moment; nothing here counts twice. */
async function insist<T>(call: () => Promise<Outcome<T>>, signal: AbortSignal): Promise<Outcome<T>> {
  for (;;) {
    try {
      const outcome = await call();
      if (outcome.ok || !outcome.problem.code.endsWith('-unavailable')) return outcome;
    } catch (error) {
      if (!(error instanceof UpstreamError) || signal.aborted) throw error;
    }
    await sleep(INSIST_MS, undefined, { signal });
  }
}

function contextOf(signal: AbortSignal): CallContext {
  return { requestId: 'seed', actor: { id: 'system', roles: ['admin'] }, signal };
}

function accept(outcome: Outcome<unknown>, allowed: readonly string[]): void {
  if (!outcome.ok && !allowed.includes(outcome.problem.code)) {
    throw new Error(`the shop could not be filled: ${outcome.problem.code}: ${outcome.problem.detail}`);
  }
}
