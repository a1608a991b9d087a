/** Calls the provider behind the circuit breaker, and measures. */
import type { Operation, Payment } from '../../domain/payment.ts';
import { detailsOf, providerIdOf } from '../../domain/evolve.ts';
import type { CallOutcome, FindOutcome, PaymentProvider } from '../../domain/provider.ts';
import type { CallGate, ObserveCall } from './ports.ts';

/** `notBefore`: the breaker refused, nothing was sent. */
export interface Made<T> {
  readonly outcome: T;
  readonly notBefore: Date | undefined;
}

export interface ProviderCalls {
  call(operation: Operation, payment: Payment, token: () => Promise<string>): Promise<Made<CallOutcome>>;
  find(payment: Payment): Promise<Made<FindOutcome>>;
}

interface Options {
  readonly provider: PaymentProvider;
  readonly gate: CallGate;
  readonly observe: ObserveCall;
}

type AnyOutcome = CallOutcome | FindOutcome;

export function createProviderCalls({ provider, gate, observe }: Options): ProviderCalls {
  async function guarded<T extends AnyOutcome>(
    operation: Operation | 'find',
    send: () => Promise<T>,
  ): Promise<Made<T | { readonly kind: 'failed'; readonly cause: string }>> {
    const admission = gate.admit();
    if (admission.permit === undefined) {
      return { outcome: { kind: 'failed', cause: 'circuit-open' }, notBefore: new Date(admission.retryAt) };
    }
    const started = performance.now();
    let worked = false;
    try {
      const outcome = await send();
      worked = providerWorks(outcome);
      observe(operation, outcome.kind, (performance.now() - started) / 1000);
      return { outcome, notBefore: undefined };
    } finally {
      gate.record(admission.permit, worked ? 'success' : 'failure');
    }
  }

  return {
    async call(operation, payment, token) {
      const { amount, ...details } = knownDetails(payment);
      if (operation === 'authorise') {
        const request = {
          orderId: details.orderId,
          amount,
          token: await token(),
          key: details.authorisationKey,
        };
        return await guarded(operation, () => provider.authorise(request));
      }
      const providerId = providerIdOf(payment);
      if (providerId === undefined)
        throw new Error(`cannot ${operation} a payment that is not at the provider`);
      const key = { capture: details.captureKey, void: details.voidKey, refund: details.refundKey }[
        operation
      ];
      return await guarded(operation, () => provider[operation]({ providerId, amount, key }));
    },
    async find(payment) {
      const { authorisationKey, amount } = knownDetails(payment);
      const providerId = providerIdOf(payment);
      return await guarded('find', () => provider.find({ authorisationKey, providerId, amount }));
    },
  };
}

function knownDetails(payment: Payment) {
  const details = detailsOf(payment);
  if (details === undefined) throw new Error('a payment that was never requested has nothing to call');
  return details;
}

/** A decline is an answer: the provider works. */
function providerWorks(outcome: AnyOutcome): boolean {
  if (outcome.kind === 'failed') return false;
  return outcome.kind !== 'unknown' || ('answered' in outcome && outcome.answered);
}
