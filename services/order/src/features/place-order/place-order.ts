/** Accepts an order at catalog prices; from the answer on it is never lost. */
import type { Order, OrderRequest } from '@ecommercestack/contracts';
import type { CallContext, Clock, Outcome } from '@ecommercestack/kit';
import { notFound, refusal, type Refused } from '../../access.ts';
import { isTerminal, type OrderTerms, type PlacedOrder } from '../../domain/order.ts';
import { mergeItems, price, type PricedProduct } from '../../domain/pricing.ts';
import { viewOf } from '../../domain/view.ts';
import type { KnownKey, OrderMessage, OrderReader, OrderResult, SubmitOrder } from '../../ports.ts';
import { requestHash } from './request-hash.ts';

export interface PlaceOrderPorts {
  readonly submit: SubmitOrder;
  readonly orders: Pick<OrderReader, 'load' | 'follow'>;
  readonly findKey: (customerId: string, key: string) => Promise<KnownKey | undefined>;
  /** Those of the SKUs that the catalog sells; throws `UpstreamError` where it cannot be asked. */
  readonly findProducts: (
    skus: readonly string[],
    context: CallContext,
  ) => Promise<Outcome<readonly PricedProduct[]>>;
  readonly newOrderId: () => string;
  readonly clock: Clock;
}

export interface PlaceOrderInput {
  readonly request: OrderRequest;
  readonly idempotencyKey?: string | undefined;
  /** How long to wait for the order's end; 0 answers at once. */
  readonly waitMs: number;
}

type Answer = { readonly order: Order; readonly replayed: boolean };

/** A repeat of a key with the same body answers with the same order, as it is now. */
export function placeOrder(ports: PlaceOrderPorts) {
  return async (input: PlaceOrderInput, context: CallContext): Promise<Outcome<Answer>> => {
    const customerId = context.actor.id;
    if (customerId.startsWith('guest:')) return refusal('unauthenticated', 'Only customers place orders.');
    const key = input.idempotencyKey;
    const idempotency = key === undefined ? undefined : { key, requestHash: requestHash(input.request) };
    const known = key === undefined ? undefined : await ports.findKey(customerId, key);
    if (known !== undefined && idempotency !== undefined) {
      if (!known.requestHash.equals(idempotency.requestHash)) return keyReused();
      const order = await ports.orders.load(known.orderId);
      if (order === undefined) return notFound(known.orderId);
      return answer(ports, order, true, input.waitMs, context);
    }
    const terms = await termsOf(ports, input.request, customerId, context);
    if (!terms.ok) return terms;
    const { payment, shippingAddress } = input.request;
    const message: OrderMessage = {
      command: { kind: 'place', terms: terms.value, at: ports.clock.now() },
      actor: customerId,
      placement: { token: payment.token, shippingAddress, ...(idempotency && { idempotency }) },
    };
    const handled = await ports.submit(message);
    if (handled.kind === 'duplicate') throw new Error('a placement carries no message id');
    const placed = acceptedOrder(handled.result);
    return placed.ok ? answer(ports, placed.order, placed.replayed, input.waitMs, context) : placed;
  };
}

function acceptedOrder(
  result: OrderResult,
): Refused | { readonly ok: true; readonly order: PlacedOrder; readonly replayed: boolean } {
  if (result.kind === 'refused') return keyReused();
  if (result.order.status === 'NONE') throw new Error('a placement left no order');
  return { ok: true, order: result.order, replayed: result.replayed };
}

async function termsOf(
  ports: PlaceOrderPorts,
  request: OrderRequest,
  customerId: string,
  context: CallContext,
): Promise<Outcome<OrderTerms>> {
  const items = mergeItems(request.items);
  const products = await ports.findProducts(
    items.map(({ sku }) => sku),
    context,
  );
  if (!products.ok) return products;
  const priced = price(items, products.value, request.currency);
  switch (priced.kind) {
    case 'priced': {
      const { lines, total } = priced;
      return { ok: true, value: { orderId: ports.newOrderId(), customerId, lines, total } };
    }
    case 'unknown-product':
      return refusal('unknown-product', 'The catalog does not sell these products.', { skus: priced.skus });
    case 'mixed-currency':
      return refusal('mixed-currency', `The lines are sold in ${priced.currencies.join(', ')}.`);
    case 'currency-mismatch':
      return refusal('currency-mismatch', `The products are sold in ${priced.soldIn}.`);
    case 'too-large':
      return refusal('invalid-request', 'The total of the order is too large.', {
        errors: [{ path: 'request.items', message: 'the total of the order is too large' }],
      });
  }
}

async function answer(
  { orders }: PlaceOrderPorts,
  order: PlacedOrder,
  replayed: boolean,
  waitMs: number,
  { signal }: CallContext,
): Promise<Outcome<Answer>> {
  let latest = order;
  if (waitMs > 0 && !isTerminal(order.status)) {
    const end = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    try {
      for await (latest of orders.follow(order, end)) if (isTerminal(latest.status)) break;
    } catch {
      // The order is placed, whatever became of watching it: an error would invite the customer to place it again.
    }
  }
  return { ok: true, value: { order: viewOf(latest), replayed } };
}

function keyReused(): Refused {
  return refusal('idempotency-key-reused', 'Use a new key for another order.');
}
