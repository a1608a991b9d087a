/** Given-when-then for the process manager; used by specs only. */
import assert from 'node:assert/strict';
import type { Recorded } from '@ecommercestack/event-store';
import type { OrderCommand, Policy } from '../domain/decide.ts';
import { fold } from '../domain/evolve.ts';
import type { OrderEvent } from '../domain/events.ts';
import type { OrderState, OrderTerms, Undo } from '../domain/order.ts';
import { react, type Reaction } from '../domain/process-manager.ts';
import type { Reply } from '../domain/transitions.ts';

export const orderId = '0190a3c4-0000-7000-8000-000000000001';
export const start = new Date('2026-03-01T12:00:00.000Z');
export const policy: Policy = {
  paymentDeadlineMs: 300_000,
  stepTimeoutMs: 30_000,
  maxStepTimeoutMs: 600_000,
};

const eur = (amount: number) => ({ amount, currency: 'EUR' });

export const terms: OrderTerms = {
  orderId,
  customerId: 'ada',
  lines: [
    { sku: 'TEA-2', name: 'Sencha', quantity: 2, unitPrice: eur(450), lineTotal: eur(900) },
    { sku: 'CUP-1', name: 'Cup', quantity: 1, unitPrice: eur(1_200), lineTotal: eur(1_200) },
  ],
  total: eur(2_100),
};

export const later = (ms: number): Date => new Date(start.getTime() + ms);

export function event<T extends OrderEvent['type']>(
  type: T,
  data: Extract<OrderEvent, { type: T }>['data'],
): OrderEvent {
  return { type, schemaVersion: 1, data } as OrderEvent;
}

export const placed = event('order-placed', terms);
export const reserved = event('stock-reserved', {
  expiresAt: later(600_000).toISOString(),
  payBy: later(300_000).toISOString(),
});
export const authorised = event('payment-authorised', {});
export const committed = event('reservation-committed', {});
export const confirmed = event('order-confirmed', {});
const ending = { status: 'REJECTED', reason: 'expired' } as const;
export const compensating = (...pending: Undo[]): OrderEvent =>
  event('compensation-started', { ending, pending });

/** One history for each status, and for each set of undos still awaited. */
export const histories: Readonly<Record<string, readonly OrderEvent[]>> = {
  NONE: [],
  PENDING: [placed],
  RESERVED: [placed, reserved],
  AUTHORISED: [placed, reserved, authorised],
  CAPTURING: [placed, reserved, authorised, committed],
  CONFIRMED: [placed, reserved, authorised, committed, confirmed],
  'COMPENSATING both': [placed, reserved, compensating('payment', 'stock')],
  'COMPENSATING payment': [placed, reserved, compensating('payment')],
  'COMPENSATING stock': [placed, reserved, compensating('stock')],
  REJECTED: [placed, event('order-rejected', { reason: 'out-of-stock' })],
  CANCELLED: [placed, compensating('stock'), event('order-cancelled', { reason: 'customer-request' })],
};

function record(events: readonly OrderEvent[]): readonly Recorded<OrderEvent>[] {
  return events.map((fact, index) => ({
    ...fact,
    eventId: `event-${index + 1}`,
    streamId: `order-${orderId}`,
    version: index + 1,
    occurredAt: start,
    metadata: {},
  }));
}

export function stateAfter(events: readonly OrderEvent[]): OrderState {
  return fold(record(events));
}

/** Every reply that can arrive, with data that fits its contract. */
export const replies: readonly Reply[] = [
  { type: 'stock-reserved', data: { orderId, expiresAt: later(600_000).toISOString() } },
  { type: 'stock-refused', data: { orderId, reason: 'out-of-stock', skus: ['TEA-2'] } },
  { type: 'reservation-committed', data: { orderId } },
  { type: 'commit-refused', data: { orderId, reason: 'expired' } },
  { type: 'reservation-released', data: { orderId } },
  { type: 'reservation-expired', data: { orderId } },
  { type: 'payment-authorised', data: { orderId } },
  { type: 'payment-declined', data: { orderId, reason: 'card_declined' } },
  { type: 'payment-captured', data: { orderId } },
  { type: 'payment-capture-failed', data: { orderId, reason: 'expired' } },
  { type: 'payment-voided', data: { orderId } },
  { type: 'payment-refunded', data: { orderId, amount: eur(2_100) } },
];

export function replyOf(type: Reply['type']): OrderCommand {
  const reply = replies.find((candidate) => candidate.type === type);
  assert.ok(reply);
  return { kind: 'reply', orderId, reply, at: start };
}

export interface Expected {
  readonly events?: readonly OrderEvent[];
  readonly commands?: readonly string[];
  readonly announcements?: Reaction['announcements'];
  readonly timer?: Reaction['timer'];
  readonly refused?: string;
}

/** Strict: what is not expected must not happen. */
export function scenario(history: readonly OrderEvent[], command: OrderCommand, expected: Expected): void {
  const reaction = react(command, stateAfter(history), policy);
  assert.deepEqual(
    {
      events: reaction.events,
      commands: reaction.commands.map(({ type }) => type),
      announcements: reaction.announcements,
      timer: reaction.timer,
      refused: reaction.refused,
    },
    {
      events: expected.events ?? [],
      commands: expected.commands ?? [],
      announcements: expected.announcements ?? [],
      timer: expected.timer ?? { kind: 'keep' },
      refused: expected.refused,
    },
  );
}
