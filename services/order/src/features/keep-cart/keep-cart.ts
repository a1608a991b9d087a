/** The cart of a customer or a guest. Who changes it has seen what it holds, so that no tab undoes another's work. */
import { NO_CART, type Cart, type CartItem } from '@ecommercestack/contracts';
import type { CallContext, Clock, Outcome, StateStore } from '@ecommercestack/kit';
import { refusal, type Refused } from '../../access.ts';
import { unsoldItems, viewOfCart, type CartProduct, type StoredCart } from '../../domain/cart.ts';

export interface KeepCartPorts {
  /** By the id of the owner. */
  readonly carts: StateStore<StoredCart>;
  readonly findProducts: (
    skus: readonly string[],
    context: CallContext,
  ) => Promise<Outcome<readonly CartProduct[]>>;
  /** A name that no cart has had: an owner's etag may come again once a cart was deleted, a version never does. */
  readonly newVersion: () => string;
  readonly clock: Clock;
  /** Counted from the last write. */
  readonly ttlMs: number;
}

interface Seen {
  /** The version that the caller has seen; `none`: that there was no cart. */
  readonly ifVersion?: string | undefined;
}

export type PutCartInput = Seen & { readonly items: readonly CartItem[] };

export function getCart(ports: KeepCartPorts) {
  return async (_input: unknown, context: CallContext): Promise<Outcome<Cart>> => {
    const found = await ports.carts.get(context.actor.id);
    const products = await productsOf(ports, found?.value.items ?? [], context);
    return products.ok ? { ok: true, value: viewOfCart(found?.value, products.value) } : products;
  };
}

export function putCart(ports: KeepCartPorts) {
  const { carts, newVersion, clock, ttlMs } = ports;
  return async ({ items, ifVersion }: PutCartInput, context: CallContext): Promise<Outcome<Cart>> => {
    const owner = context.actor.id;
    const seen = await findSeen(carts, owner, ifVersion);
    if (!seen.ok) return seen;
    const before = seen.value;
    const products = await productsOf(ports, items, context);
    if (!products.ok) return products;
    const skus = unsoldItems(items, before?.value, products.value);
    if (skus.length > 0) {
      return refusal('unknown-product', 'The catalog does not sell these products.', { skus });
    }
    const expiresAt = new Date(clock.now().getTime() + ttlMs).toISOString();
    const cart: StoredCart = { version: newVersion(), items, expiresAt };
    const ttlSeconds = Math.ceil(ttlMs / 1_000);
    const saved = await carts.put(owner, cart, { ttlSeconds, ...(before && { etag: before.etag }) });
    if (saved === 'conflict') return changed(carts, owner);
    return { ok: true, value: viewOfCart(cart, products.value) };
  };
}

export function deleteCart({ carts }: Pick<KeepCartPorts, 'carts'>) {
  return async ({ ifVersion }: Seen, { actor }: CallContext): Promise<Outcome<Cart>> => {
    const seen = await findSeen(carts, actor.id, ifVersion);
    if (!seen.ok) return seen;
    if (seen.value !== undefined) {
      const deleted = await carts.delete(actor.id, seen.value.etag);
      if (deleted === 'conflict') return changed(carts, actor.id);
    }
    return { ok: true, value: viewOfCart(undefined, []) };
  };
}

type Found = Awaited<ReturnType<StateStore<StoredCart>['get']>>;

/** What is there now, if it is what the caller has seen. */
async function findSeen(
  carts: StateStore<StoredCart>,
  owner: string,
  ifVersion: string | undefined,
): Promise<Outcome<Found>> {
  if (ifVersion === undefined) {
    return refusal('precondition-required', 'Send the ETag of the cart as If-Match.');
  }
  const found = await carts.get(owner);
  return versionOf(found) === ifVersion ? { ok: true, value: found } : conflictWith(found);
}

async function changed(carts: StateStore<StoredCart>, owner: string): Promise<Refused> {
  return conflictWith(await carts.get(owner));
}

function conflictWith(found: Found): Refused {
  const extra = { currentVersion: versionOf(found) };
  return refusal('version-conflict', 'The cart has changed since it was read.', extra);
}

function versionOf(found: Found): string {
  return found?.value.version ?? NO_CART;
}

async function productsOf(
  { findProducts }: KeepCartPorts,
  items: readonly CartItem[],
  context: CallContext,
): Promise<Outcome<readonly CartProduct[]>> {
  if (items.length === 0) return { ok: true, value: [] };
  return findProducts(
    items.map(({ sku }) => sku),
    context,
  );
}
