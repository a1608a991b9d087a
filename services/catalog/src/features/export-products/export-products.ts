/** Gives all products away, a page at a time, as an import takes them. */
import { staffRoles } from '@ecommercestack/contracts';
import type { ProductFields } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { skuOf } from '../../domain/product.ts';
import type { KnownProduct, ListedProduct } from '../../domain/product.ts';

export interface ProductScan {
  /** The next products in order of SKU, withdrawn ones included; empty at the end. */
  scan(afterSku: string | undefined, limit: number): Promise<readonly KnownProduct[]>;
}

export interface ExportedPage {
  readonly items: ProductFields[];
  /** Where to go on; absent at the end. A page of withdrawn products is empty, and not the end. */
  readonly next?: string;
}

export function createExportProducts(store: ProductScan) {
  return async (
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
    context: CallContext,
  ): Promise<Outcome<ExportedPage>> => {
    if (!staffRoles.some((role) => context.actor.roles.includes(role))) {
      return { ok: false, problem: { code: 'forbidden', detail: 'Only staff may export products.' } };
    }
    const page = await store.scan(after, limit);
    const last = page.length < limit ? undefined : page.at(-1);
    const items = page.filter((state): state is ListedProduct => state.status === 'listed').map(fieldsOf);
    return { ok: true, value: { items, ...(last === undefined ? {} : { next: skuOf(last) }) } };
  };
}

function fieldsOf({ product }: ListedProduct): ProductFields {
  const { version: _version, createdAt: _created, updatedAt: _updated, ...fields } = product;
  return fields;
}
