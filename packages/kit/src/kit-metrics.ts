/** The metrics that every service has, whatever it sells. */
import { createMetricsRegistry, declareMetrics } from './metrics.ts';
import type { Declare, MetricsRegistry } from './metrics.ts';

export type Metrics = Declare & { readonly kit: KitMetrics };
export type KitMetrics = ReturnType<typeof declareKitMetrics>;

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const;
const HANDLED = ['handled', 'duplicate', 'refused', 'failed', 'dead_lettered'] as const;

/** Give one `registry` to all services of a process, so that one `/metrics` shows them all. */
export function createMetrics(options: {
  readonly service: string;
  readonly version?: string;
  readonly variant?: 'stable' | 'canary';
  readonly registry?: MetricsRegistry;
}): Metrics {
  const declare = declareMetrics(options.service, options.registry ?? createMetricsRegistry());
  const info = declare.gauge({
    name: 'service_info',
    help: 'Always 1; which version of a service this is.',
    labels: { version: { open: 4 }, variant: ['stable', 'canary'] },
  });
  info.set({ version: options.version ?? 'unknown', variant: options.variant ?? 'stable' }, 1);
  return { ...declare, kit: declareKitMetrics(declare) };
}

function declareKitMetrics(metrics: Declare) {
  return { ...declareTraffic(metrics), ...declareMessaging(metrics), ...declareStorage(metrics) };
}

function declareTraffic(metrics: Declare) {
  return {
    httpDuration: metrics.histogram({
      name: 'http_server_request_duration_seconds',
      help: 'From the first byte of the request to the last of the answer.',
      labels: {
        http_request_method: HTTP_METHODS,
        http_route: { open: 150 },
        http_response_status_code: { open: 60 },
      },
    }),
    rpcDuration: metrics.histogram({
      name: 'rpc_duration_seconds',
      help: 'Calls to other apps, as the caller sees them.',
      labels: {
        callee: { open: 40 },
        method: { open: 150 },
        outcome: ['ok', 'refused', 'unavailable', 'timeout', 'failed'],
      },
    }),
    settingsRevision: metrics.gauge({ name: 'settings_revision', help: 'The revision in force.' }),
    settingsRejected: metrics.counter({
      name: 'settings_rejected_total',
      help: 'Settings files that were refused; the previous one stayed in force.',
    }),
    rateLimitDecisions: metrics.counter({
      name: 'rate_limit_decisions_total',
      help: 'Requests that a rate limit let through or turned away.',
      labels: { policy: { open: 40 }, decision: ['allowed', 'limited'] },
    }),
  };
}

function declareMessaging(metrics: Declare) {
  const consumer = { open: 60 };
  return {
    messageHandled: metrics.counter({
      name: 'message_handled_total',
      help: 'Deliveries by result; `failed` ones come again.',
      labels: { consumer, result: HANDLED },
    }),
    messageDuration: metrics.histogram({
      name: 'messaging_process_duration_seconds',
      help: 'One delivery in the handler.',
      labels: { consumer },
    }),
    messageAge: metrics.histogram({
      name: 'message_age_seconds',
      help: 'From the commit that produced a message to the end of its handling.',
      labels: { consumer },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    }),
    deadLetters: metrics.counter({
      name: 'dead_letters_total',
      help: 'Messages that were set aside.',
      labels: { consumer },
    }),
    deadLettersOpen: metrics.gauge({
      name: 'dead_letters_open',
      help: 'Messages that were set aside and are neither replayed nor discarded; the same from every replica.',
      labels: { consumer },
    }),
    deadLettersOldestAge: metrics.gauge({
      name: 'dead_letters_oldest_age_seconds',
      help: 'Since the oldest open dead letter was set aside; 0 when there is none.',
      labels: { consumer },
    }),
    deadLetterReplays: metrics.counter({
      name: 'dead_letter_replays_total',
      help: 'Dead letters handed to their consumer again; `failed` ones stay open.',
      labels: { consumer, outcome: ['handled', 'duplicate', 'refused', 'failed'] },
    }),
    outboxPending: metrics.gauge({ name: 'outbox_pending_messages', help: 'Committed, not yet published.' }),
    outboxOldestAge: metrics.gauge({
      name: 'outbox_oldest_age_seconds',
      help: 'Age of the oldest message not yet published; 0 when there is none.',
    }),
    batchSize: metrics.histogram({
      name: 'event_batch_size',
      help: 'Messages committed by one transaction.',
      labels: { consumer },
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    }),
  };
}

function declareStorage(metrics: Declare) {
  return {
    appendDuration: metrics.histogram({
      name: 'event_append_duration_seconds',
      help: 'One transaction that handles a batch of messages, from BEGIN to COMMIT.',
    }),
    appendConflicts: metrics.counter({
      name: 'event_append_conflicts_total',
      help: 'Appends refused because the stream had moved on.',
    }),
    projectionLag: metrics.gauge({
      name: 'projection_lag_seconds',
      help: 'Age of the oldest event that a projection has not applied; 0 when it is up to date.',
      labels: { projection: { open: 40 } },
    }),
    poolConnections: metrics.gauge({
      name: 'pg_pool_connections',
      help: 'Connections of a pool; `waiting` counts callers without one.',
      labels: { pool: { open: 20 }, state: ['total', 'idle', 'waiting'] },
    }),
  };
}
