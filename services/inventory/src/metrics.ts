/** What the service tells about its business. Never a SKU as a label: there are too many. */
import type { Metrics } from '@ecommercestack/kit';
import type { Answer } from './domain/decide-batch.ts';

export type InventoryMetrics = ReturnType<typeof declareInventoryMetrics>;

export function declareInventoryMetrics(metrics: Metrics) {
  return {
    reservations: metrics.counter({
      name: 'inventory_reservations_total',
      help: 'Requests for stock by what became of them; repeats are not counted.',
      labels: { result: ['reserved', 'out_of_stock', 'unknown_product', 'released'] },
    }),
    commits: metrics.counter({
      name: 'inventory_commits_total',
      help: 'Reservations to be sold by what became of them; repeats of a sale are not counted.',
      labels: { result: ['committed', 'expired', 'released', 'not_reserved'] },
    }),
    released: metrics.counter({
      name: 'inventory_reservations_released_total',
      help: 'Reservations given back, and reserves that were forestalled.',
    }),
    expired: metrics.counter({
      name: 'inventory_reservations_expired_total',
      help: 'Reservations whose time was over.',
    }),
    stockLow: metrics.gauge({
      name: 'inventory_stock_low',
      help: 'SKUs without available units, and SKUs with few.',
      labels: { level: ['out', 'low'] },
    }),
    overdue: metrics.gauge({
      name: 'inventory_reservations_overdue_seconds',
      help: 'How long the oldest reservation that is over still holds its units; 0 when there is none.',
    }),
  };
}

/** Counts one answer after its commit. */
export function countAnswer(metrics: InventoryMetrics, { result, events, changed }: Answer): void {
  if (events.some(({ type }) => type === 'reservation-expired')) metrics.expired.inc({});
  switch (result.kind) {
    case 'reserved':
      if (changed) metrics.reservations.inc({ result: 'reserved' });
      return;
    case 'reserve-refused':
      if (changed || result.reason === 'released') metrics.reservations.inc({ result: snake(result.reason) });
      return;
    case 'committed':
      if (changed) metrics.commits.inc({ result: 'committed' });
      return;
    case 'commit-refused':
      metrics.commits.inc({ result: snake(result.reason) });
      return;
    case 'released':
      if (changed) metrics.released.inc({});
      return;
    case 'expired':
    case 'restocked':
    case 'key-reused':
    case 'nothing':
  }
}

function snake<T extends string>(reason: T) {
  return reason.replaceAll('-', '_') as Snake<T>;
}

type Snake<T extends string> = T extends `${infer Head}-${infer Tail}` ? `${Head}_${Snake<Tail>}` : T;
