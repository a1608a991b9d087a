/** Orders of every kind that a shop meets, and what must become of each. */
import type { OrderRequest, OrderStatus } from '@ecommercestack/contracts';
import type { SeedProduct } from '../seed.ts';

export interface PlannedOrder {
  readonly request: OrderRequest;
  /** Milliseconds after the order is placed; undefined where nobody cancels. */
  readonly cancelAfterMs?: number;
  /** Undefined where it is decided by who comes first. */
  readonly ends?: Ending;
}

/** `CONFIRMED`, or the status and its reason. */
export type Ending = Extract<OrderStatus, 'CONFIRMED'> | `REJECTED ${string}`;

const SCARCE = 'SCARCE-1';
export const SCARCE_UNITS = 5;
const PLENTY = ['PLENTY-1', 'PLENTY-2', 'PLENTY-3'] as const;

export const products: readonly SeedProduct[] = [...PLENTY, SCARCE].map((sku, index) => ({
  product: {
    sku,
    name: `Product ${sku}`,
    category: 'test',
    brand: 'Acme',
    price: { amount: 700 + index, currency: 'EUR' },
  },
  stock: sku === SCARCE ? SCARCE_UNITS : 1_000,
}));

const shippingAddress = {
  name: 'Ada Lovelace',
  line1: '12 St James Square',
  postalCode: 'SW1Y 4JH',
  city: 'London',
  country: 'GB',
};

/** 150 orders in an order of their own; `random` is uniform in [0, 1). */
export function orderMix(random: () => number): readonly PlannedOrder[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const order = (token: string, skus: readonly string[]): OrderRequest => ({
    items: skus.map((sku) => ({ sku, quantity: sku === SCARCE ? 1 : 1 + below(3) })),
    payment: { token },
    shippingAddress,
  });
  const some = () => PLENTY.slice(below(PLENTY.length));
  const mix: PlannedOrder[] = [
    ...times(50, () => ({ request: order('tok_ok', some()), ends: 'CONFIRMED' as const })),
    ...times(20, () => ({
      request: order('tok_decline', some()),
      ends: 'REJECTED payment-declined' as const,
    })),
    ...times(5, () => ({
      request: order('tok_capture_decline', some()),
      ends: 'REJECTED payment-declined' as const,
    })),
    ...times(25, () => ({ request: order('tok_ok', [SCARCE, 'PLENTY-1']) })),
    ...times(30, () => ({ request: order('tok_ok', some()), cancelAfterMs: below(60) })),
    ...times(8, () => ({
      request: order('tok_timeout_after_charge', some()),
      ends: 'CONFIRMED' as const,
    })),
    ...times(4, () => ({ request: order('tok_timeout_after_charge', some()), cancelAfterMs: below(600) })),
    ...times(4, () => ({ request: order('tok_capture_timeout', some()), ends: 'CONFIRMED' as const })),
    ...times(4, () => ({ request: order('tok_error_once', some()), ends: 'CONFIRMED' as const })),
  ];
  return mix
    .map((planned) => ({ planned, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ planned }) => planned);
}

function times<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
