/** Which event an edit causes, or why it is refused. */
import { reservedSkus } from '@ecommercestack/contracts';
import type { ProductFields, ProductPatch } from '@ecommercestack/contracts';
import type { Outcome, Refusal } from '@ecommercestack/kit';
import { equalJson } from './json-equality.ts';
import { versionOf } from './product.ts';
import type { ProductEvent, ProductState } from './product.ts';

export type EditCommand =
  | { readonly type: 'create-product'; readonly product: ProductFields }
  /** Has the product be as given, whether it exists or not. */
  | { readonly type: 'put-product'; readonly product: ProductFields }
  /** With `expectedVersion`, any other current version refuses the edit. */
  | { readonly type: 'update-product'; readonly patch: ProductPatch; readonly expectedVersion?: number }
  | { readonly type: 'delete-product'; readonly expectedVersion?: number };

/** Prices are compared as numbers, which takes one currency. Undefined: the command names no price in another. */
export function wrongCurrency(command: EditCommand, currency: string): Refusal | undefined {
  if (command.type === 'delete-product') return undefined;
  const price = command.type === 'update-product' ? command.patch.price : command.product.price;
  if (price === undefined || price.currency === currency) return undefined;
  const detail = `This shop sells in ${currency}.`;
  return { code: 'wrong-currency', detail, extra: { currency } };
}

/** Undefined: nothing would change. Never two events: one is what a store can append without a transaction. */
export function decide(command: EditCommand, state: ProductState): Outcome<ProductEvent | undefined> {
  const isPut = command.type === 'put-product';
  if (command.type === 'create-product' || (isPut && state.status !== 'listed')) {
    if (state.status !== 'absent') return refuse('product-exists', 'This SKU is taken, or was once.');
    const { sku } = command.product;
    if (reservedSkus.has(sku)) {
      return refuse('sku-reserved', `/api/products/${sku} is something else: give the product another SKU.`);
    }
    return { ok: true, value: { type: 'product-created', data: { product: command.product } } };
  }
  if (state.status !== 'listed') return refuse('not-found', 'There is no such product.');
  const version = versionOf(state);
  if (!isPut && command.expectedVersion !== undefined && command.expectedVersion !== version) {
    return { ok: false, problem: versionConflict(version) };
  }
  if (command.type === 'delete-product') return { ok: true, value: { type: 'product-deleted', data: {} } };
  const changes = changesOf(isPut ? withoutSku(command.product) : command.patch, state.product);
  if (Object.keys(changes).length === 0) return { ok: true, value: undefined };
  return { ok: true, value: { type: 'product-updated', data: { changes } } };
}

export function versionConflict(currentVersion: number): Refusal {
  const detail = 'The product has changed since it was read.';
  return { code: 'version-conflict', detail, extra: { currentVersion } };
}

function changesOf(patch: ProductPatch, product: ProductFields): ProductPatch {
  const before = new Map<string, unknown>(Object.entries(product));
  const changed = Object.entries(patch).filter(
    ([field, value]) => value !== undefined && !equalJson(value, before.get(field)),
  );
  return Object.fromEntries(changed);
}

function withoutSku({ sku: _sku, ...fields }: ProductFields): ProductPatch {
  return fields;
}

function refuse(code: string, detail: string): Outcome<never> {
  return { ok: false, problem: { code, detail } };
}
