/** The payment service: builds everything from its configuration and the ports of its runtime. */
import { deadLetterContracts, paymentCommands, paymentMethods } from '@ecommercestack/contracts';
import type { Settings } from '@ecommercestack/contracts';
import { createTimers } from '@ecommercestack/event-store';
import type { EventStore, Handled } from '@ecommercestack/event-store';
import {
  createSequence,
  defineMethods,
  openStorage,
  systemClock,
  whileRunning,
  withDeadLetters,
} from '@ecommercestack/kit';
import type { Clock, Logger, Metrics, Publisher, ServiceApp, Settings as Live } from '@ecommercestack/kit';
import type { Pool } from 'pg';
import { createBreaker } from './adapters/breaker.ts';
import type { Breaker } from './adapters/breaker.ts';
import { createConcurrencyLimit } from './adapters/concurrency-limit.ts';
import { createHttpProvider } from './adapters/http-provider.ts';
import { countOutcomes, countTransition, showBreaker, showWaiting } from './adapters/observe.ts';
import { foldHistory, orderOf, streamOf } from './adapters/history.ts';
import { createPaymentProcessor } from './adapters/payment-processor.ts';
import type { PaymentMessage, PaymentProcessor } from './adapters/payment-processor.ts';
import { readPayments } from './adapters/read-payments.ts';
import { readEvent } from './adapters/stripe-shapes.ts';
import { readToken } from './adapters/tokens-table.ts';
import { attemptOf, readWaiting } from './adapters/waiting-payments.ts';
import type { PaymentConfig } from './config.ts';
import type { RetryPolicy } from './domain/commands.ts';
import type { PaymentDecision } from './domain/decide.ts';
import type { Payment } from './domain/payment.ts';
import type { PaymentProvider } from './domain/provider.ts';
import { createGetHealth } from './features/get-health/get-health.ts';
import { createGetPayments } from './features/get-payments/get-payments.ts';
import { createHandleCommand } from './features/handle-command/handle-command.ts';
import { createReceiveWebhook } from './features/receive-webhook/receive-webhook.ts';
import { createProviderCalls } from './features/settle-payment/provider-calls.ts';
import { createSettlePayment } from './features/settle-payment/settle.ts';
import type { SettlePayment } from './features/settle-payment/settle.ts';
import { createSteps } from './features/settle-payment/steps.ts';
import { declarePaymentMetrics } from './metrics.ts';
import type { PaymentMetrics } from './metrics.ts';

export { readConfig } from './config.ts';
export type { PaymentConfig } from './config.ts';
export type { PaymentProvider } from './domain/provider.ts';

const appId = 'payment';

export interface PaymentDependencies {
  readonly publisher: Publisher;
  readonly settings: Pick<Live<Settings>, 'current'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
  /** Milliseconds that never go back, for the circuit breaker. */
  readonly monotonicNow?: () => number;
  /** Instead of the HTTP API at `PROVIDER_URL`. */
  readonly provider?: PaymentProvider;
}

export function buildPayment(config: PaymentConfig, deps: PaymentDependencies): ServiceApp {
  const { clock = systemClock } = deps;
  const now = () => clock.now();
  const metrics = declarePaymentMetrics(deps.metrics);
  const migrations = new URL('../migrations', import.meta.url);
  const storage = openStorage({ ...deps, appId, migrations, config, clock });
  const { pool, store, hooks, readiness, deadLetters } = storage;
  const provider = openProvider(config, deps, metrics);
  const breaker = openBreaker(deps, metrics);
  const processor = createPaymentProcessor({ store, consumer: appId, policy: retryPolicy(config), hooks });
  const load = async (orderId: string): Promise<Payment> =>
    foldHistory(await store.load(streamOf(orderId))).payment;
  const settle = composeSettle(config, deps, { now, load, pool, provider, breaker, processor, metrics });
  const timers = createTimers({
    store,
    onDue: ({ streamId, payload }) => settle.resume(orderOf(streamId), attemptOf(payload)),
  });
  const offered = composeFeatures(config, deps, { now, load, store, breaker, processor, settle, metrics });
  const collect = async (): Promise<void> => {
    showBreaker(metrics, breaker.view().name);
    showWaiting(metrics, await readWaiting(pool, now()));
  };

  const app: ServiceApp = {
    appId,
    ...offered,
    readiness,
    deadLetters,
    ...createSequence([
      storage,
      { stop: () => provider.close() },
      whileRunning(() => countOutcomes(store, metrics)),
      { stop: () => processor.drain() },
      { stop: () => settle.drain() },
      timers,
      whileRunning(() => deps.metrics.onCollect(collect)),
    ]),
  };
  return withDeadLetters(app, storage, deadLetterContracts, { ...deps, clock });
}

interface Parts {
  readonly now: () => Date;
  readonly load: (orderId: string) => Promise<Payment>;
  readonly breaker: Breaker;
  readonly processor: PaymentProcessor;
  readonly metrics: PaymentMetrics;
}

function composeSettle(
  config: PaymentConfig,
  { logger, random = Math.random }: PaymentDependencies,
  parts: Parts & { readonly provider: PaymentProvider; readonly pool: Pool },
): SettlePayment {
  const { now, load, pool, provider, breaker, processor, metrics } = parts;
  return createSettlePayment({
    steps: createSteps({
      calls: createProviderCalls({
        provider,
        gate: breaker,
        observe: (operation, result, seconds) =>
          metrics.requestDuration.observe({ operation, result }, seconds),
      }),
      gate: breaker,
      log: { load, tokenOf: (orderId) => readToken(pool, orderId) },
      submit: async (command) => decided(await processor.submit({ command })),
      now,
      random,
    }),
    limit: createConcurrencyLimit(config.MAX_CALLS),
    now,
    resolveAfterMs: retryPolicy(config).resolveAfterMs,
    onError: (error, orderId) => logger.error({ error, orderId }, 'a payment is left to its timer'),
  });
}

function composeFeatures(
  config: PaymentConfig,
  { random = Math.random }: PaymentDependencies,
  parts: Parts & { readonly settle: SettlePayment; readonly store: EventStore },
): Pick<ServiceApp, 'subscriptions' | 'methods'> {
  const { now, load, store, breaker, processor, metrics } = parts;
  const start: SettlePayment['start'] = (...given) => parts.settle.start(...given);
  const submitOnce = async (message: PaymentMessage): Promise<PaymentDecision | undefined> => {
    const handled = await processor.submit(message);
    return handled.kind === 'handled' ? handled.result : undefined;
  };
  return {
    subscriptions: [
      {
        topic: paymentCommands.authorisePayment.topic,
        consumer: appId,
        handle: createHandleCommand({ submit: submitOnce, start, now }),
      },
    ],
    methods: defineMethods(paymentMethods, {
      'get-payments': createGetPayments({ read: (ids, customerId) => readPayments(store, ids, customerId) }),
      'get-payment-health': createGetHealth({
        breaker: () => breaker.view(),
        waiting: () => readWaiting(store.pool, now()),
      }),
      'receive-webhook': createReceiveWebhook({
        secret: () => config.WEBHOOK_SECRET.reveal(),
        readEvent,
        load,
        submit: submitOnce,
        start,
        onContradiction: () => metrics.contradictions.inc({ operation: 'webhook' }),
        now,
        random,
      }),
    }),
  };
}

/** Commands of the service itself carry no message id, and are never duplicates. */
function decided(handled: Handled<PaymentDecision>): PaymentDecision {
  if (handled.kind === 'duplicate')
    throw new Error('a command without a message id was taken for a duplicate');
  return handled.result;
}

function openBreaker(
  { settings, monotonicNow = () => performance.timeOrigin + performance.now(), logger }: PaymentDependencies,
  metrics: PaymentMetrics,
): Breaker {
  showBreaker(metrics, 'CLOSED');
  return createBreaker({
    settings: () => settings.current().payment.provider.circuitBreaker,
    now: monotonicNow,
    onTransition: (to) => {
      logger.warn({ to }, 'the circuit breaker towards the payment provider changed');
      countTransition(metrics, to);
    },
  });
}

/** A call under way is not overtaken: its time limit, as long again for a free place, and some. */
function retryPolicy(config: PaymentConfig): RetryPolicy {
  return {
    resolveAfterMs: config.CALL_TIMEOUT * 2 + config.RETRY_BASE,
    arrivalLimitMs: config.ARRIVAL_LIMIT,
    lateLimitMs: config.LATE_LIMIT,
    retryBaseMs: config.RETRY_BASE,
    retryMaxMs: config.RETRY_MAX,
  };
}

function openProvider(
  config: PaymentConfig,
  deps: PaymentDependencies,
  metrics: PaymentMetrics,
): PaymentProvider & { close(): Promise<void> } {
  if (deps.provider !== undefined) return { ...deps.provider, close: () => Promise.resolve() };
  return createHttpProvider({
    url: config.PROVIDER_URL,
    apiKey: config.PROVIDER_API_KEY?.reveal(),
    timeoutMs: config.CALL_TIMEOUT,
    connections: config.MAX_CALLS,
    onContradiction: (operation) => {
      deps.logger.error({ operation }, 'the payment provider contradicts itself');
      metrics.contradictions.inc({ operation });
    },
  });
}
