/** Reads one product, as it is or as it was. */
import type { Product } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { withStock } from '../../domain/announcement.ts';
import { fold } from '../../domain/evolve.ts';
import { versionOf } from '../../domain/product.ts';
import type { CurrentProducts, CurrentStock, ProductHistory } from './ports.ts';

export interface GetProductPorts {
  readonly products: CurrentProducts;
  readonly stock: CurrentStock;
  readonly history: ProductHistory;
}

export function createGetProduct(ports: GetProductPorts) {
  /** Administrators read past the cache, so that they see what they have just written on any replica. */
  const now = async (sku: string, context: CallContext): Promise<Outcome<Product>> => {
    const freshness = context.actor.roles.includes('admin') ? 'fresh' : 'cached';
    const [state, level] = await Promise.all([ports.products.get(sku, freshness), ports.stock.get(sku)]);
    return state.status === 'listed' ? { ok: true, value: withStock(state.product, level) } : notFound;
  };

  const then = async (sku: string, asOf: string): Promise<Outcome<Product>> => {
    const point = /^\d+$/.test(asOf) ? Number(asOf) : new Date(asOf);
    const state = fold(await ports.history.history(sku, point));
    const reached = typeof point !== 'number' || versionOf(state) === point;
    return reached && state.status === 'listed' ? { ok: true, value: state.product } : notFound;
  };

  return (
    { sku, asOf }: { readonly sku: string; readonly asOf?: string | undefined },
    context: CallContext,
  ) => (asOf === undefined ? now(sku, context) : then(sku, asOf));
}

const notFound: Outcome<never> = {
  ok: false,
  problem: { code: 'not-found', detail: 'There is no such product.' },
};
