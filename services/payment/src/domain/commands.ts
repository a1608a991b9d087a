/** What can happen to a payment, with everything a decision needs: it reads no clock and rolls no dice. */
import type { Money } from '@ecommercestack/contracts';
import type { Operation } from './payment.ts';
import type { CallOutcome, FindOutcome } from './provider.ts';

interface Common {
  readonly orderId: string;
  readonly now: Date;
}

interface Attempt extends Common {
  /** How many tries went before this one. */
  readonly attempt: number;
  /** In [0, 1): spreads the next try. */
  readonly random: number;
  /** No try makes sense before. */
  readonly notBefore?: Date | undefined;
}

export interface AuthorisePayment extends Common {
  readonly kind: 'authorise-payment';
  readonly customerId: string;
  readonly amount: Money;
}

export type PaymentCommand =
  | AuthorisePayment
  | (Common & { readonly kind: 'capture-payment' })
  | (Common & { readonly kind: 'undo-payment' })
  | (Attempt & {
      readonly kind: 'record-outcome';
      readonly operation: Operation;
      readonly outcome: CallOutcome;
    })
  | (Attempt & { readonly kind: 'record-finding'; readonly finding: FindOutcome })
  /** The breaker lets a deferred request through: it is recorded before it is sent. */
  | (Attempt & { readonly kind: 'resume' });

export interface RetryPolicy {
  /** Longer than a call may take, with its wait for a free place: a call that is under way is not overtaken. */
  readonly resolveAfterMs: number;
  /** How long a request that the provider does not know may still be on its way. */
  readonly arrivalLimitMs: number;
  /** How long a request that was given up is still looked for. */
  readonly lateLimitMs: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
}
