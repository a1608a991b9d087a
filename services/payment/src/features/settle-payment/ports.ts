/** What settling a payment needs from outside. */
import type { PaymentCommand } from '../../domain/commands.ts';
import type { PaymentDecision } from '../../domain/decide.ts';
import type { Operation, Payment } from '../../domain/payment.ts';
import type { CallOutcome, FindOutcome } from '../../domain/provider.ts';
import type { Permit } from '../../domain/circuit-breaker.ts';

export type Submit = (command: PaymentCommand) => Promise<PaymentDecision>;

export interface CallGate {
  admit(): { readonly permit: Permit } | { readonly permit: undefined; readonly retryAt: number };
  refusedUntil(): number | undefined;
  record(permit: Permit, result: 'success' | 'failure'): void;
}

export interface PaymentLog {
  load(orderId: string): Promise<Payment>;
  tokenOf(orderId: string): Promise<string | undefined>;
}

/** Runs a bounded number of tasks at once. */
export interface CallLimit {
  run<T>(task: () => Promise<T>): Promise<T>;
  readonly size: number;
}

export type ObserveCall = (
  operation: Operation | 'find',
  result: (CallOutcome | FindOutcome)['kind'],
  seconds: number,
) => void;
