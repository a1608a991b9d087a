/** A payment as its row shows it. */
import type { PaymentStatus } from '@ecommercestack/contracts';
import type { Payment, Status } from './payment.ts';

export const publicStatus: Readonly<Record<Exclude<Status, 'none'>, PaymentStatus>> = {
  requested: 'requested',
  deferred: 'deferred',
  unknown: 'unknown',
  authorised: 'authorised',
  declined: 'declined',
  capturing: 'capturing',
  captured: 'captured',
  // The authorisation stands until it is undone.
  'capture-failed': 'authorised',
  voiding: 'undoing',
  refunding: 'undoing',
  voided: 'voided',
  'voided-cleaning': 'voided',
  refunded: 'refunded',
};

/** The last call may or may not have had its effect. */
export function isInDoubt(payment: Payment): boolean {
  return (
    payment.status === 'unknown' ||
    (payment.status !== 'requested' && 'inDoubt' in payment && payment.inDoubt)
  );
}

/** While the authorisation is undecided, its token may be needed again. */
export function needsToken(payment: Payment): boolean {
  return payment.status === 'requested' || payment.status === 'deferred' || payment.status === 'unknown';
}

export function reasonOf(payment: Payment): string | undefined {
  return 'reason' in payment ? payment.reason : undefined;
}
