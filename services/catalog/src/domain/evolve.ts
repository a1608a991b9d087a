import type { ProductPatch, ProductSnapshot } from '@ecommercestack/contracts';
import { absent, versionOf } from './product.ts';
import type { KnownProduct, ProductState, RecordedProductEvent } from './product.ts';

/** Applies the next event of a product. A gap or an event out of place is a bug of the store, and thrown. */
export function evolve(state: ProductState, event: RecordedProductEvent): KnownProduct {
  if (event.version !== versionOf(state) + 1) {
    throw new Error(`event ${event.version} cannot follow version ${versionOf(state)}`);
  }
  const updatedAt = event.occurredAt.toISOString();
  if (event.type === 'product-created') {
    if (state.status !== 'absent') throw new Error('a product is created once');
    const product = { ...event.data.product, version: event.version, createdAt: updatedAt, updatedAt };
    return { status: 'listed', product };
  }
  if (state.status !== 'listed') throw new Error(`${event.type} needs a listed product`);
  if (event.type === 'product-deleted') {
    return { status: 'withdrawn', sku: state.product.sku, version: event.version };
  }
  const product = { ...withChanges(state.product, event.data.changes), version: event.version, updatedAt };
  return { status: 'listed', product };
}

export function fold(events: readonly RecordedProductEvent[]): ProductState {
  return events.reduce<ProductState>(evolve, absent);
}

/** A field that is absent, or present as `undefined`, is left as it was. */
function withChanges(product: ProductSnapshot, changes: ProductPatch): ProductSnapshot {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...product, ...Object.fromEntries(given) };
}
