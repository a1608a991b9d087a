/** What became of an order's request for stock. All its lines share one state. */
import type { StockLine } from '@ecommercestack/contracts';
import type { Bucket } from './stock.ts';

export type Reservation =
  | { readonly state: 'held'; readonly lines: readonly StockLine[]; readonly expiresAt: Date }
  | { readonly state: 'committed'; readonly lines: readonly StockLine[]; readonly expiresAt: Date }
  /** Given back, or released before it was ever made: a reserve that arrives later is refused. */
  | { readonly state: 'released'; readonly lines: readonly StockLine[] }
  | { readonly state: 'expired'; readonly lines: readonly StockLine[] }
  | {
      readonly state: 'refused';
      readonly lines: readonly StockLine[];
      readonly reason: 'out-of-stock' | 'unknown-product';
      /** The SKUs that were missing: some of `lines`. */
      readonly skus: readonly string[];
    };

export type ReservationState = Reservation['state'];

/** The allowed transitions; `absent` is an order without a reservation. */
export const transitions: Readonly<Record<ReservationState | 'absent', readonly ReservationState[]>> = {
  absent: ['held', 'refused', 'released'],
  held: ['committed', 'released', 'expired'],
  committed: ['released'],
  released: [],
  expired: [],
  refused: [],
};

/** Where the units of a reservation are; undefined: it has none. */
export const bucketOf: Readonly<Record<ReservationState, Exclude<Bucket, 'available'> | undefined>> = {
  held: 'held',
  committed: 'committed',
  released: undefined,
  expired: undefined,
  refused: undefined,
};

/** A hold ends at its expiry to the millisecond, whether or not anyone has swept it yet. */
export function isOverdue(reservation: Reservation, at: Date): boolean {
  return reservation.state === 'held' && reservation.expiresAt.getTime() <= at.getTime();
}
