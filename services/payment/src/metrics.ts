/** The metrics of the payment service. */
import type { Metrics } from '@ecommercestack/kit';

export type PaymentMetrics = ReturnType<typeof declarePaymentMetrics>;

export const outcomes = [
  'authorised',
  'declined',
  'captured',
  'capture-failed',
  'voided',
  'refunded',
] as const;
const operations = ['authorise', 'capture', 'void', 'refund', 'find'] as const;
const results = ['approved', 'declined', 'unknown', 'failed', 'found', 'not-found'] as const;
const dependency = ['payment-provider'] as const;

export function declarePaymentMetrics(metrics: Metrics) {
  return {
    processed: metrics.counter({
      name: 'payments_processed_total',
      help: 'Payments that reached an outcome; one payment may reach several, one after the other.',
      labels: { outcome: outcomes },
    }),
    requestDuration: metrics.histogram({
      name: 'payment_provider_request_duration_seconds',
      help: 'Calls to the payment provider.',
      labels: { operation: operations, result: results },
    }),
    contradictions: metrics.counter({
      name: 'payment_provider_contradictions_total',
      help: 'Answers of the provider that cannot be: another amount, an unknown status.',
      labels: { operation: [...operations, 'webhook'] },
    }),
    lateAuthorisations: metrics.counter({
      name: 'payment_late_authorisations_total',
      help: 'Authorisations that reached the provider after the payment was given up; each is voided.',
    }),
    unknownOpen: metrics.gauge({
      name: 'payment_unknown_open',
      help: 'Payments whose last call may or may not have worked.',
    }),
    unknownOldest: metrics.gauge({
      name: 'payment_unknown_oldest_age_seconds',
      help: 'Age of the oldest of them; 0 when there is none.',
    }),
    deferredOpen: metrics.gauge({
      name: 'payment_deferred_open',
      help: 'Payments that wait to be sent until the provider works again.',
    }),
    pendingOldest: metrics.gauge({
      name: 'payment_pending_oldest_age_seconds',
      help: 'How long the oldest payment has been waiting for the provider, whatever for; 0 when none waits.',
    }),
    breakerState: metrics.gauge({
      name: 'circuit_breaker_state',
      help: '0 closed, 1 open, 2 half-open.',
      labels: { dependency },
    }),
    breakerTransitions: metrics.counter({
      name: 'circuit_breaker_transitions_total',
      help: 'Changes of state of a circuit breaker.',
      labels: { dependency, to: ['CLOSED', 'OPEN', 'HALF-OPEN'] },
    }),
  };
}
