/** Which event an edit causes, or why it is refused. */
import type { ProductFields, ProductPatch } from '@ecommercestack/contracts';
import type { Outcome, Refusal } from '@ecommercestack/kit';
import { equalJson } from './json-equality.ts';
import { versionOf } from './product.ts';
import type { ProductEvent, ProductState } from './product.ts';

export type EditCommand =
  | { readonly type: 'create-product'; readonly product: ProductFields }
  /** With `expectedVersion`, any other current version refuses the edit. */
  | { readonly type: 'update-product'; readonly patch: ProductPatch; readonly expectedVersion?: number }
  | { readonly type: 'delete-product'; readonly expectedVersion?: number };

/** Prices are compared as numbers, which takes one currency. Undefined: the command names no price in another. */
export function wrongCurrency(command: EditCommand, currency: string): Refusal | undefined {
  if (command.type === 'delete-product') return undefined;
  const price = command.type === 'create-product' ? command.product.price : command.patch.price;
  if (price === undefined || price.currency === currency) return undefined;
  const detail = `This shop sells in ${currency}.`;
  return { code: 'wrong-currency', detail, extra: { currency } };
}

/** Undefined: nothing would change. Never two events: one is what a store can append without a transaction. */
export function decide(command: EditCommand, state: ProductState): Outcome<ProductEvent | undefined> {
  if (command.type === 'create-product') {
    if (state.status !== 'absent') return refuse('product-exists', 'This SKU is taken, or was once.');
    return { ok: true, value: { type: 'product-created', data: { product: command.product } } };
  }
  if (state.status !== 'listed') return refuse('not-found', 'There is no such product.');
  const version = versionOf(state);
  if (command.expectedVersion !== undefined && command.expectedVersion !== version) {
    return { ok: false, problem: versionConflict(version) };
  }
  if (command.type === 'delete-product') return { ok: true, value: { type: 'product-deleted', data: {} } };
  const changes = changesOf(command.patch, state.product);
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

function refuse(code: string, detail: string): Outcome<never> {
  return { ok: false, problem: { code, detail } };
}
