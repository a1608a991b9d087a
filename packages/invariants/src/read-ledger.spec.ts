import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { readLedger, readLedgerSince } from './read-ledger.ts';

const PAGE_OF_PROVIDER = 2;
const entries = [10, 20, 30, 40, 50].map((at, index) => ({
  seq: index + 1,
  at,
  type: 'authorised',
  payment_intent: `pi_${index + 1}`,
  order_id: index === 3 ? null : `order-${index + 1}`,
  amount: 100,
  currency: 'eur',
}));
const asked: number[] = [];
const server = createServer(({ url = '' }, response) => {
  const from = Number(new URL(url, 'http://provider').searchParams.get('after'));
  asked.push(from);
  const rest = entries.filter(({ seq }) => seq > from);
  const data = rest.slice(0, PAGE_OF_PROVIDER);
  response.end(JSON.stringify({ data, has_more: rest.length > PAGE_OF_PROVIDER }));
});
let url: string;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const window = async (since: number, after: number) => {
  asked.length = 0;
  const ledger = await readLedgerSince(url, { since: new Date(since), after });
  return { orders: ledger.facts.map(({ orderId }) => orderId), after: ledger.after, asked: [...asked] };
};

test('all pages are read, without what belongs to no order', async () => {
  const orders = (await readLedger(url)).map(({ orderId }) => orderId);
  assert.deepEqual(orders, ['order-1', 'order-2', 'order-3', 'order-5']);
});

test('a window goes on where an earlier one found its first entry', async () => {
  assert.deepEqual(await window(30, 0), { orders: ['order-3', 'order-5'], after: 2, asked: [0, 2, 4] });
  assert.deepEqual(await window(45, 2), { orders: ['order-5'], after: 4, asked: [2, 4] });
  assert.deepEqual(await window(60, 4), { orders: [], after: 5, asked: [4] });
});
