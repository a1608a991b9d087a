/**
 * A request that was given up may still reach the provider: that it is not there yet says nothing about later. The
 * provider is asked again after as long as it has been silent, up to a limit; what has arrived is then voided.
 */
import type { PaymentCommand, RetryPolicy } from './commands.ts';
import type { Payment } from './payment.ts';

type GivenUp = Extract<Payment, { status: 'voided' }>;

export function mayArriveLate(payment: Payment): payment is GivenUp {
  return payment.status === 'voided' && payment.mayArrive;
}

/**
 * When to look again; `retry`: the look failed, and is repeated as others are. Undefined: what is planned stays, or,
 * after a finding, nothing is left to look for.
 */
export function nextLook(
  command: PaymentCommand,
  before: Payment,
  after: GivenUp,
  { arrivalLimitMs, lateLimitMs }: RetryPolicy,
): Date | 'retry' | undefined {
  if (before.status !== 'voided') return later(after.since, arrivalLimitMs);
  if (command.kind !== 'record-finding' || command.finding.kind === 'found') return undefined;
  if (command.finding.kind !== 'not-found') return 'retry';
  const silentMs = command.now.getTime() - after.since.getTime();
  if (silentMs >= lateLimitMs) return undefined;
  return later(after.since, Math.min(lateLimitMs, Math.max(arrivalLimitMs, silentMs * 2)));
}

const later = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
