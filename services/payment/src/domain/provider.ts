/** What the payment service needs from a provider, in its own words. */
import type { Money } from '@ecommercestack/contracts';

/**
 * `unknown`: it may have happened, and only a query tells. `failed`: it certainly did not happen.
 * Both count against the circuit breaker, unless the provider `answered`. A decline never counts: the provider did
 * its work.
 */
export type CallOutcome =
  | { readonly kind: 'approved'; readonly providerId: string }
  | { readonly kind: 'declined'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly cause: string; readonly answered?: true }
  | { readonly kind: 'failed'; readonly cause: string };

/** A payment as the provider sees it. */
export interface ProviderPayment {
  readonly providerId: string;
  readonly status: 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
  /** Why it was declined. */
  readonly reason?: string;
}

export type FindOutcome =
  | { readonly kind: 'found'; readonly payment: ProviderPayment }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unknown'; readonly cause: string; readonly answered?: true }
  | { readonly kind: 'failed'; readonly cause: string };

/**
 * Calls with one key have one effect, whenever and however often they are made; a repeat gets the first answer.
 * No method throws for anything the provider or the network does.
 */
export interface PaymentProvider {
  authorise(request: {
    readonly orderId: string;
    readonly amount: Money;
    readonly token: string;
    readonly key: string;
  }): Promise<CallOutcome>;
  /** Takes the whole amount that was authorised. */
  capture(request: {
    readonly providerId: string;
    readonly amount: Money;
    readonly key: string;
  }): Promise<CallOutcome>;
  void(request: {
    readonly providerId: string;
    readonly amount: Money;
    readonly key: string;
  }): Promise<CallOutcome>;
  /** Gives the whole amount back. */
  refund(request: {
    readonly providerId: string;
    readonly amount: Money;
    readonly key: string;
  }): Promise<CallOutcome>;
  /** What became of a payment: by its id where that is known, as keys may be forgotten; else by the key of its authorisation. */
  find(request: {
    readonly authorisationKey: string;
    readonly providerId?: string | undefined;
    readonly amount: Money;
  }): Promise<FindOutcome>;
}
