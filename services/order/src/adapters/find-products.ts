/** Asks the catalog what it sells. */
import { catalogMethods, type Product } from '@ecommercestack/contracts';
import { createClient, type CallContext, type Invoker, type Outcome } from '@ecommercestack/kit';

/** Those of the SKUs that the catalog sells; throws `UpstreamError` where it cannot be asked. */
export function findProductsIn(invoker: Invoker) {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  return async (skus: readonly string[], context: CallContext): Promise<Outcome<readonly Product[]>> => {
    const found = await catalog['get-products']({ skus: [...skus] }, context);
    return found.ok ? { ok: true, value: found.value.items } : found;
  };
}
