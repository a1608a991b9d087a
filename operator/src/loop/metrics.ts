/** What the operator counts. */
import type { Metrics } from '@ecommercestack/kit';
import { WRITE_VERBS } from '../kube/client.ts';
import { RESTART_REASONS } from '../kube/reflector.ts';

export type OperatorMetrics = ReturnType<typeof declareOperatorMetrics>;

const KINDS = { open: 24 } as const;

export function declareOperatorMetrics(metrics: Metrics) {
  return {
    reconciles: metrics.counter({
      name: 'operator_reconciles_total',
      help: 'Looks at a stack, by what came of them.',
      labels: { result: ['done', 'unfinished', 'failed'] },
    }),
    duration: metrics.histogram({
      name: 'operator_reconcile_duration_seconds',
      help: 'A look at a stack, the writes included.',
    }),
    writes: metrics.counter({
      name: 'operator_writes_total',
      help: 'Requests that changed something.',
      labels: { verb: WRITE_VERBS, kind: KINDS },
    }),
    watchRestarts: metrics.counter({
      name: 'operator_watch_restarts_total',
      help: 'Watches that ended and began again, by why.',
      labels: { kind: KINDS, reason: RESTART_REASONS },
    }),
    queueDepth: metrics.gauge({
      name: 'operator_queue_depth',
      help: 'Stacks that wait for a look or are being looked at.',
    }),
    leader: metrics.gauge({ name: 'operator_leader', help: '1 where this process is the one that writes.' }),
    stacks: metrics.gauge({ name: 'operator_stacks', help: 'Stacks that are looked after.' }),
    timeToReady: metrics.histogram({
      name: 'operator_time_to_ready_seconds',
      help: 'From when a stack stopped being ready, or was made, until all of it is.',
      buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800],
    }),
    eventsLeftOut: metrics.counter({
      name: 'operator_events_left_out_total',
      help: 'Events that were not told.',
      labels: { reason: ['too-many', 'refused'] },
    }),
  };
}
