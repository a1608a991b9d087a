/** What the order service counts. Observed after the commit, once per message that had an effect. */
import type { Clock, Metrics } from '@ecommercestack/kit';
import { isTerminal, type PlacedOrder } from '../domain/order.ts';
import type { OrderResult } from '../ports.ts';
import type { OpenOrders } from './orders-table.ts';

const OPEN = ['PENDING', 'RESERVED', 'AUTHORISED', 'CAPTURING', 'COMPENSATING'] as const;
const OUTCOMES = ['confirmed', 'rejected', 'cancelled'] as const;
const REASONS = [
  'out-of-stock',
  'unknown-product',
  'payment-declined',
  'payment-unavailable',
  'expired',
  'customer-request',
  'refunded',
] as const;

export interface OrderMetrics {
  observe(result: OrderResult): void;
  showOpen(open: readonly OpenOrders[]): void;
}

export function createOrderMetrics(metrics: Metrics, clock: Clock): OrderMetrics {
  const majorUnit = new Map<string, number>();
  const declared = declare(metrics);
  const zeroTerminal = (outcome: 'confirmed' | 'rejected' | 'cancelled', reasons: readonly Reason[]) =>
    reasons.forEach((reason) => declared.terminal.zero({ outcome, reason }));
  zeroTerminal('confirmed', ['none']);
  zeroTerminal('rejected', REASONS.slice(0, 5));
  zeroTerminal('cancelled', REASONS.slice(5));

  const showOpen = (open: readonly OpenOrders[]) => {
    for (const step of OPEN) {
      declared.open.set({ step }, open.find(({ status }) => status === step)?.count ?? 0);
    }
    const oldest = Math.min(...open.map((group) => group.oldest.getTime()));
    const ageMs = clock.now().getTime() - oldest;
    declared.oldestOpen.set({}, open.length === 0 ? 0 : Math.max(0, ageMs / 1_000));
  };
  showOpen([]);

  const ended = (order: PlacedOrder) => {
    const outcome = outcomeOf(order);
    const reason = 'reason' in order ? order.reason : 'none';
    const seconds = (order.changedAt.getTime() - order.placedAt.getTime()) / 1_000;
    declared.created.inc({ status: outcome });
    declared.terminal.inc({ outcome, reason });
    // A refund comes days later and says nothing about how long the order took.
    if (reason !== 'refunded') declared.duration.observe({ outcome }, seconds);
  };

  return {
    observe: (result) => {
      if (result.kind === 'refused' || result.order.status === 'NONE') return;
      const { order, from } = result;
      const step = OPEN.find((status) => status === order.status);
      if (result.resent && step !== undefined) declared.resent.inc({ step });
      if (!result.changed) return;
      if (from === 'NONE') {
        const { amount, currency } = order.terms.total;
        declared.accepted.inc({});
        declared.created.inc({ status: 'accepted' });
        const unit = majorUnit.get(currency) ?? 10 ** minorDigits(currency);
        majorUnit.set(currency, unit);
        declared.value.observe({ currency }, amount / unit);
      }
      if (isTerminal(order.status)) ended(order);
    },
    showOpen,
  };
}

type Reason = (typeof REASONS)[number] | 'none';

function outcomeOf({ status }: PlacedOrder): (typeof OUTCOMES)[number] {
  if (status === 'CONFIRMED') return 'confirmed';
  return status === 'CANCELLED' ? 'cancelled' : 'rejected';
}

/** Digits of a currency's minor unit: 2 for EUR, 0 for JPY. */
function minorDigits(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

function declare(metrics: Metrics) {
  return {
    created: metrics.counter({
      name: 'orders_created_total',
      help: 'Orders accepted, and orders that ended, by how.',
      labels: { status: ['accepted', ...OUTCOMES] },
    }),
    accepted: metrics.counter({ name: 'order_accepted_total', help: 'Orders accepted.' }),
    terminal: metrics.counter({
      name: 'order_terminal_total',
      help: 'Orders that ended; one that is refunded later ends a second time.',
      labels: { outcome: OUTCOMES, reason: [...REASONS, 'none'] },
    }),
    duration: metrics.histogram({
      name: 'order_processing_duration_seconds',
      help: 'From the acceptance of an order to its end.',
      labels: { outcome: OUTCOMES },
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    }),
    value: metrics.histogram({
      name: 'order_value',
      help: 'Totals of accepted orders, in major units of the currency.',
      labels: { currency: { open: 20 } },
      buckets: [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
    }),
    open: metrics.gauge({
      name: 'order_open',
      help: 'Orders that have not ended, by status.',
      labels: { step: OPEN },
    }),
    oldestOpen: metrics.gauge({
      name: 'order_oldest_open_age_seconds',
      help: 'Age of the oldest order that has not ended; 0 when there is none.',
    }),
    resent: metrics.counter({
      name: 'order_step_resent_total',
      help: 'Commands sent again because their answer was overdue.',
      labels: { step: [...OPEN] },
    }),
  };
}
