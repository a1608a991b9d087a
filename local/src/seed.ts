/** Fills an empty shop: products and stock, through the same methods that an administrator uses. */
import { catalogMethods, inventoryMethods, type ProductInput } from '@ecommercestack/contracts';
import { createClient, type CallContext, type Invoker, type Outcome } from '@ecommercestack/kit';

export interface SeedProduct {
  readonly product: ProductInput;
  /** Units. */
  readonly stock: number;
}

const PARALLEL = 8;

/** Can be interrupted and repeated: what exists stays as it is, and a SKU is stocked once. */
export async function seed(
  invoker: Invoker,
  products: readonly SeedProduct[],
  signal: AbortSignal,
): Promise<void> {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  const inventory = createClient(inventoryMethods, invoker, 'inventory');
  const context: CallContext = { requestId: 'seed', actor: { id: 'system', roles: ['admin'] }, signal };
  const queue = [...products];
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { product, stock } = next;
        accept(await catalog['create-product'](product, context), ['product-exists']);
        if (stock === 0) continue;
        const restock = { sku: product.sku, quantity: stock, idempotencyKey: `seed:${product.sku}` };
        accept(await inventory.restock(restock, context), []);
      }
    }),
  );
}

function accept(outcome: Outcome<unknown>, allowed: readonly string[]): void {
  if (!outcome.ok && !allowed.includes(outcome.problem.code)) {
    throw new Error(`the shop could not be filled: ${outcome.problem.code}: ${outcome.problem.detail}`);
  }
}
