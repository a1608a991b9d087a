/** Services that answer by their contracts from memory, so that the gateway can be tested alone. */
import {
  catalogMethods,
  inventoryMethods,
  messageReaders,
  NO_CART,
  notificationMethods,
  orderMethods,
  paymentMethods,
  type Cart,
  type MessageReader,
  type Order,
} from '@ecommercestack/contracts';
import { defineMethods } from '@ecommercestack/kit';
import type { Actor, CallContext, MethodTable, Outcome, StreamEvent } from '@ecommercestack/kit';
import { fakeDeadLetters } from './fake-dead-letters.ts';

const TIME = '2030-01-01T00:00:00.000Z';
export const ORDER_ID = '01961c4e-0b5f-7c3a-9d2e-3f4a5b6c7d8e';
/** The customer whose order, payment and notifications exist. */
export const OWNER = 'ada';

export const product = {
  sku: 'TEA-1',
  name: 'Sencha',
  description: 'Green tea',
  category: 'tea',
  brand: 'Uji',
  price: { amount: 1_290, currency: 'EUR' },
  tags: ['green'],
  attributes: { weight: '100 g' },
  version: 3,
  createdAt: TIME,
  updatedAt: TIME,
  inStock: true,
  available: 7,
};

const stock = { sku: 'TEA-1', available: 7, held: 1, committed: 2, version: 4 };

export const order: Order = {
  orderId: ORDER_ID,
  customerId: OWNER,
  status: 'PENDING',
  lines: [{ sku: 'TEA-1', name: 'Sencha', quantity: 1, unitPrice: product.price, lineTotal: product.price }],
  total: product.price,
  cancellable: true,
  version: 1,
  createdAt: TIME,
  updatedAt: TIME,
};

const channel = { enabled: false };
const preferences = { email: { enabled: true, address: 'ada@example.org' }, sms: channel, push: channel };
const audit = { items: [{ version: 1, type: 'order-placed', occurredAt: TIME, actor: OWNER, data: {} }] };

const answer = <T>(value: T): Promise<Outcome<T>> => Promise.resolve({ ok: true, value });

function mayRead({ id, roles }: Actor): boolean {
  return id === OWNER || roles.some((role) => role !== 'customer');
}

function ofOwner<T>(value: T): (input: unknown, context: CallContext) => Promise<Outcome<T>> {
  const hidden = { ok: false, problem: { code: 'not-found', detail: 'No such order.' } } as const;
  return (_input, { actor }) => (mayRead(actor) ? answer(value) : Promise.resolve(hidden));
}

async function* events(...all: readonly StreamEvent[]): AsyncGenerator<StreamEvent> {
  yield* all;
}

function fakeOrders(): MethodTable {
  const { lines: _lines, cancellable: _cancellable, ...summary } = order;
  const cart: Cart = { version: 'abcdefghijklmnop', lines: [], orderable: false };
  return defineMethods(
    orderMethods,
    {
      'place-order': ({ idempotencyKey }) => answer({ order, replayed: idempotencyKey === 'again' }),
      'get-order': ofOwner(order),
      'get-orders': () => answer({ items: [order] }),
      'list-orders': () => answer({ items: [summary] }),
      'get-order-events': ofOwner(audit),
      'cancel-order': ofOwner(order),
      'refund-order': ofOwner(order),
      'watch-order': (_input, { actor }) =>
        ofOwner(events({ id: '1', event: 'order', data: order }))(undefined, { actor } as CallContext),
      'get-cart': () => answer(cart),
      'put-cart': () => answer(cart),
      'delete-cart': () => answer({ ...cart, version: NO_CART }),
    },
    { checkOutputs: true },
  );
}

function fakeCatalog(): MethodTable {
  const page = { items: [product], total: 1, facets: { category: [], brand: [], price: [], inStock: 1 } };
  return defineMethods(
    catalogMethods,
    {
      'search-products': () => answer(page),
      'suggest-products': () =>
        answer({ items: [{ sku: product.sku, name: product.name, category: product.category }] }),
      'get-product': () => answer(product),
      'get-products': () => answer({ items: [product], missing: ['TEA-2'] }),
      'get-product-events': () => answer(audit),
      'create-product': () => answer(product),
      'update-product': () => answer(product),
      'delete-product': () => answer({ sku: 'TEA-1', version: 4 }),
      'import-products': ({ items }) =>
        answer({ results: items.map(() => ({ change: 'created' as const })) }),
      'export-products': () => {
        const { version: _v, createdAt: _c, updatedAt: _u, inStock: _i, available: _a, ...fields } = product;
        return answer({ items: [fields] });
      },
      'purge-cache': () => answer({ pattern: 'product:TEA-*', local: 2, shared: 1 }),
    },
    { checkOutputs: true },
  );
}

function fakeInventory(): MethodTable {
  const level = { sku: 'TEA-1', available: 7, version: 4 };
  return defineMethods(
    inventoryMethods,
    {
      'get-stock': () => answer(stock),
      'get-stocks': () => answer({ items: [stock], missing: [] }),
      restock: () => answer(stock),
      'watch-stock': () => answer(events({ event: 'stock-level', data: level })),
    },
    { checkOutputs: true },
  );
}

function fakePayment(): MethodTable {
  const payment = {
    orderId: ORDER_ID,
    customerId: OWNER,
    status: 'captured' as const,
    amount: product.price,
    updatedAt: TIME,
  };
  const settings = { failureThreshold: 5, openSeconds: 60, halfOpenRequests: 3 };
  const provider = { state: 'CLOSED' as const, consecutiveFailures: 0, settings };
  return defineMethods(
    paymentMethods,
    {
      'get-payments': () => answer({ items: [payment] }),
      'get-payment-health': () => answer({ provider, unknownOutcomes: 0, deferred: 0 }),
      'receive-webhook': () => answer({ received: true as const }),
    },
    { checkOutputs: true },
  );
}

function fakeNotification(): MethodTable {
  return defineMethods(
    notificationMethods,
    {
      'list-notifications': () => answer({ items: [] }),
      'get-preferences': () => answer(preferences),
      'set-preferences': (chosen) => answer(chosen),
      'list-mailbox': () => answer({ items: [] }),
    },
    { checkOutputs: true },
  );
}

/** By app-id, for the local invoker. */
export function fakeServices(): Map<string, MethodTable> {
  const own: Readonly<Record<MessageReader, MethodTable>> = {
    order: fakeOrders(),
    catalog: fakeCatalog(),
    inventory: fakeInventory(),
    payment: fakePayment(),
    notification: fakeNotification(),
  };
  return new Map(
    messageReaders.map((service) => {
      const { unary, stream } = own[service];
      return [service, { unary: new Map([...unary, ...fakeDeadLetters(service).unary]), stream }];
    }),
  );
}
