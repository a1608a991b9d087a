/** Asks the catalog what it sells. */
import { catalogMethods } from '@ecommercestack/contracts';
import { createClient, type CallContext, type Invoker, type Outcome } from '@ecommercestack/kit';
import type { PricedProduct } from '../../domain/pricing.ts';

export function findProductsIn(invoker: Invoker) {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  return async (
    skus: readonly string[],
    context: CallContext,
  ): Promise<Outcome<readonly PricedProduct[]>> => {
    const found = await catalog['get-products']({ skus: [...skus] }, context);
    return found.ok ? { ok: true, value: found.value.items } : found;
  };
}
