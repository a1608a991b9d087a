/** A checker that finds nothing proves nothing: each invariant is broken once and must be reported, alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check, type Invariant } from './check.ts';
import type { Facts } from './facts.ts';

const at = new Date('2026-01-01T00:00:00Z');
const channels = ['email', 'sms', 'push'] as const;

const told = (orderId: string, event: string) =>
  channels.map((channel) => ({
    notificationId: `${orderId}/${event}/${channel}`,
    orderId,
    event,
    channel,
    status: 'sent',
  }));

const notifications = [...told('o1', 'order-confirmed'), ...told('o2', 'order-cancelled')];

/** One order confirmed, one cancelled after its payment was authorised. */
const sound: Facts = {
  stock: [{ sku: 'A', available: 8, restocked: 10, held: 0, committed: 2 }],
  reservations: [
    { orderId: 'o1', sku: 'A', quantity: 2, state: 'committed' },
    { orderId: 'o2', sku: 'A', quantity: 1, state: 'released' },
  ],
  orders: [
    {
      orderId: 'o1',
      status: 'CONFIRMED',
      reason: undefined,
      version: 5,
      total: 1_000,
      currency: 'EUR',
      changedAt: at,
    },
    {
      orderId: 'o2',
      status: 'CANCELLED',
      reason: 'customer-request',
      version: 6,
      total: 500,
      currency: 'EUR',
      changedAt: at,
    },
  ],
  readModel: [
    { orderId: 'o1', status: 'CONFIRMED', version: 5 },
    { orderId: 'o2', status: 'CANCELLED', version: 6 },
  ],
  idempotencyKeys: [{ customerId: 'ada', key: 'k1', orderId: 'o1' }],
  ledger: [
    { orderId: 'o1', type: 'authorised', intent: 'p1', amount: 1_000, currency: 'eur' },
    { orderId: 'o1', type: 'captured', intent: 'p1', amount: 1_000, currency: 'eur' },
    { orderId: 'o2', type: 'authorised', intent: 'p2', amount: 500, currency: 'eur' },
    { orderId: 'o2', type: 'canceled', intent: 'p2', amount: 500, currency: 'eur' },
  ],
  notifications,
  delivered: notifications.map((each) => each.notificationId),
  brokenStreams: [],
  backlog: [{ database: 'order', outbox: 0, deadLetters: 0 }],
  products: [{ sku: 'A', streamVersion: 2, indexVersion: 2, deleted: false }],
};

const confirmed = sound.orders[0]!;
const cancelled = sound.orders[1]!;
const capture = sound.ledger[1]!;

const broken: readonly (readonly [string, Partial<Facts>, readonly Invariant[]])[] = [
  ['a unit vanished', { stock: [{ sku: 'A', available: 7, restocked: 10, held: 0, committed: 2 }] }, ['I1']],
  [
    'sold more than there was',
    { stock: [{ sku: 'A', available: -1, restocked: 1, held: 0, committed: 2 }] },
    ['I1'],
  ],
  [
    'an order that never ends',
    {
      orders: [confirmed, { ...cancelled, status: 'COMPENSATING' }],
      readModel: [sound.readModel[0]!, { orderId: 'o2', status: 'COMPENSATING', version: 6 }],
    },
    ['I3', 'I8'],
  ],
  [
    'stock held for a cancelled order',
    { reservations: [sound.reservations[0]!, { ...sound.reservations[1]!, state: 'held' }] },
    ['I3'],
  ],
  [
    'stock sold to a cancelled order',
    { reservations: [sound.reservations[0]!, { ...sound.reservations[1]!, state: 'committed' }] },
    ['I10'],
  ],
  [
    'stock of a confirmed order given away',
    { reservations: [{ ...sound.reservations[0]!, state: 'released' }] },
    ['I3'],
  ],
  ['charged twice', { ledger: [...sound.ledger, { ...capture, intent: 'p3' }] }, ['I4', 'I4', 'I5']],
  ['confirmed without a charge', { ledger: sound.ledger.slice(2) }, ['I4', 'I5']],
  [
    'cancelled and charged',
    { ledger: [...sound.ledger.slice(0, 3), { ...capture, orderId: 'o2', amount: 500 }] },
    ['I4', 'I5'],
  ],
  [
    'a payment for nobody',
    { ledger: [...sound.ledger, { ...capture, orderId: 'ghost', type: 'declined' }] },
    ['I4'],
  ],
  ['an authorisation left open', { ledger: sound.ledger.slice(0, 3) }, ['I10']],
  [
    'a gap in a stream',
    { brokenStreams: [{ database: 'order', streamId: 'order-o1', events: 4, lastVersion: 5 }] },
    ['I6'],
  ],
  ['a stale list', { readModel: [{ ...sound.readModel[0]!, version: 4 }, sound.readModel[1]!] }, ['I7']],
  ['an order missing from the list', { readModel: [sound.readModel[0]!] }, ['I7']],
  [
    'a stale search index',
    { products: [{ sku: 'A', streamVersion: 2, indexVersion: 1, deleted: false }] },
    ['I7'],
  ],
  [
    'a deleted product that is still found',
    { products: [{ sku: 'A', streamVersion: 2, indexVersion: 1, deleted: true }] },
    ['I7'],
  ],
  [
    'a notification forgotten',
    { notifications: notifications.slice(1), delivered: sound.delivered.slice(1) },
    ['I8'],
  ],
  ['a notification sent twice', { delivered: [...sound.delivered, sound.delivered[0]!] }, ['I8']],
  ['a notification only claimed to be sent', { delivered: sound.delivered.slice(1) }, ['I8']],
  ['an unpublished message', { backlog: [{ database: 'order', outbox: 1, deadLetters: 0 }] }, ['I9']],
  ['a dead letter', { backlog: [{ database: 'order', outbox: 0, deadLetters: 1 }] }, ['I9']],
  [
    'a key that names nothing',
    { idempotencyKeys: [{ customerId: 'ada', key: 'k1', orderId: 'ghost' }] },
    ['I11'],
  ],
];

describe('the invariant checker', () => {
  test('finds nothing wrong with a sound shop', () => {
    assert.deepEqual(check(sound, { settled: true, accepted: ['o1', 'o2'] }), []);
  });

  test('misses no accepted order (I2)', () => {
    const found = check(sound, { settled: true, accepted: ['o1', 'lost'] });
    assert.deepEqual(
      found.map(({ invariant, subject }) => [invariant, subject]),
      [['I2', 'lost']],
    );
  });

  for (const [name, change, expected] of broken) {
    test(`reports ${name} as ${expected.join(', ')}`, () => {
      const found = check({ ...sound, ...change }, { settled: true });
      assert.deepEqual(
        found.map(({ invariant }) => invariant),
        expected,
        JSON.stringify(found, null, 2),
      );
    });
  }

  test('leaves what is still in flight alone while the shop is open', () => {
    const open: Facts = {
      ...sound,
      orders: [confirmed, { ...cancelled, status: 'RESERVED', changedAt: new Date('2026-01-01T00:05:00Z') }],
      ledger: sound.ledger.slice(0, 3),
      reservations: [sound.reservations[0]!, { ...sound.reservations[1]!, state: 'held' }],
      backlog: [{ database: 'order', outbox: 3, deadLetters: 0 }],
    };
    assert.deepEqual(check(open, { settled: false, before: new Date('2026-01-01T00:04:00Z') }), []);
  });
});
