/** The state of the circuit breaker towards the provider, and how many payments wait for what. */
import type { paymentMethods } from '@ecommercestack/contracts';
import type { Handlers } from '@ecommercestack/kit';
import { seesAll } from '../../domain/access.ts';
import type { BreakerSettings, BreakerState } from '../../domain/circuit-breaker.ts';

export interface GetHealthOptions {
  readonly breaker: () => {
    readonly name: BreakerState['name'];
    readonly failures: number;
    readonly openedAt: Date | undefined;
    readonly retryAt: Date | undefined;
    readonly settings: BreakerSettings;
  };
  readonly waiting: () => Promise<{ readonly unknown: number; readonly deferred: number }>;
}

export function createGetHealth(
  options: GetHealthOptions,
): Handlers<typeof paymentMethods>['get-payment-health'] {
  return async (_input, { actor }) => {
    if (!seesAll(actor))
      return { ok: false, problem: { code: 'forbidden', detail: 'Only staff may see this.' } };
    const { unknown, deferred } = await options.waiting();
    const { name, failures, openedAt, retryAt, settings } = options.breaker();
    return {
      ok: true,
      value: {
        provider: {
          state: name,
          consecutiveFailures: failures,
          ...(openedAt === undefined ? {} : { openedAt: openedAt.toISOString() }),
          ...(retryAt === undefined ? {} : { retryAt: retryAt.toISOString() }),
          settings,
        },
        unknownOutcomes: unknown,
        deferred,
      },
    };
  };
}
