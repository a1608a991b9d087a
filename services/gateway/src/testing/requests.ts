/** A valid request for each public route; the specs that cover all routes fail where one is missing here. */
import { ORDER_ID, product } from './fake-services.ts';

export interface SampleRequest {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const { version: _v, createdAt: _c, updatedAt: _u, inStock: _i, available: _a, ...input } = product;

export const orderRequest = {
  items: [{ sku: 'TEA-1', quantity: 1 }],
  payment: { token: 'tok_ok' },
  shippingAddress: {
    name: 'Ada Lovelace',
    line1: '12 St James’s Square',
    postalCode: 'SW1Y 4LB',
    city: 'London',
    country: 'GB',
  },
};

const muted = { enabled: false };

/** By the id of the route. */
export const sampleRequests: Readonly<Record<string, SampleRequest>> = {
  searchProducts: { path: '/api/products?q=tea&limit=5' },
  suggestProducts: { path: '/api/products/suggest?q=gy&limit=3' },
  exportProducts: { path: '/api/products/export?after=TEA-0' },
  importProducts: {
    path: '/api/products/import?from=1',
    body: input,
    headers: { 'content-type': 'application/x-ndjson' },
  },
  getProductsBySku: { path: '/api/products?ids=TEA-1,TEA-2' },
  getProduct: { path: '/api/products/TEA-1' },
  getProductEvents: { path: '/api/products/TEA-1/events' },
  createProduct: { path: '/api/products', body: input },
  updateProduct: {
    path: '/api/products/TEA-1',
    body: { name: 'Gyokuro' },
    headers: { 'if-match': '"3"' },
  },
  deleteProduct: { path: '/api/products/TEA-1' },
  getStocks: { path: '/api/inventory?skus=TEA-1' },
  watchStock: { path: '/api/inventory/stream' },
  getStock: { path: '/api/inventory/TEA-1' },
  restock: { path: '/api/inventory/TEA-1/restock', body: { quantity: 5 } },
  getCart: { path: '/api/cart' },
  putCart: {
    path: '/api/cart',
    body: { items: orderRequest.items },
    headers: { 'if-none-match': '*' },
  },
  deleteCart: { path: '/api/cart', headers: { 'if-match': '"abcdefghijklmnop"' } },
  placeOrder: { path: '/api/orders', body: orderRequest, headers: { 'idempotency-key': 'key-1' } },
  listOrders: { path: '/api/orders?status=CONFIRMED' },
  getOrdersById: { path: `/api/orders?ids=${ORDER_ID}` },
  getOrder: { path: `/api/orders/${ORDER_ID}` },
  getOrderEvents: { path: `/api/orders/${ORDER_ID}/events` },
  watchOrder: { path: `/api/orders/${ORDER_ID}/stream` },
  cancelOrder: { path: `/api/orders/${ORDER_ID}/cancel` },
  refundOrder: { path: `/api/orders/${ORDER_ID}/refund` },
  getPayment: { path: `/api/payments?orderId=${ORDER_ID}` },
  getPaymentsByOrder: { path: `/api/payments?orderIds=${ORDER_ID}` },
  getPaymentHealth: { path: '/api/payments/health' },
  receivePaymentWebhook: {
    path: '/api/payments/webhook',
    body: { id: 'evt_1' },
    headers: { 'stripe-signature': 't=1,v1=00' },
  },
  listDeadLetters: { path: '/api/ops/dead-letters?service=order&status=open&limit=5' },
  groupDeadLetters: { path: '/api/ops/dead-letters/groups' },
  getDeadLetter: { path: '/api/ops/dead-letters/order/17' },
  editDeadLetter: {
    path: '/api/ops/dead-letters/order/17',
    body: { data: { orderId: ORDER_ID } },
    headers: { 'if-match': '"1"' },
  },
  replayDeadLetter: { path: '/api/ops/dead-letters/order/17/replay' },
  discardDeadLetter: { path: '/api/ops/dead-letters/order/17/discard', body: { reason: 'a test' } },
  startDeadLetterReplay: {
    path: '/api/ops/dead-letters/replays',
    body: { filter: { consumer: 'order' } },
    headers: { 'idempotency-key': 'replay-1' },
  },
  getDeadLetterReplay: { path: '/api/ops/dead-letters/replays/r1' },
  stopDeadLetterReplay: { path: '/api/ops/dead-letters/replays/r1/stop' },
  purgeCache: { path: '/api/ops/cache/purge', body: { pattern: 'product:TEA-*' } },
  listAudit: { path: '/api/ops/audit?limit=5' },
  listNotifications: { path: '/api/notifications' },
  listMailbox: { path: '/api/notifications/mailbox' },
  getNotificationPreferences: { path: '/api/notifications/preferences' },
  setNotificationPreferences: {
    path: '/api/notifications/preferences',
    body: { email: { enabled: true, address: 'ada@example.org' }, sms: muted, push: muted },
  },
};
