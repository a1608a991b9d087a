/** Payments of up to 100 orders: a customer sees his own, staff all. What may not be seen is left out. */
import type { Payment, paymentMethods } from '@ecommercestack/contracts';
import type { Handlers } from '@ecommercestack/kit';
import { seesAll } from '../../domain/access.ts';

export interface GetPaymentsOptions {
  readonly read: (orderIds: readonly string[], customerId: string | undefined) => Promise<readonly Payment[]>;
}

export function createGetPayments({
  read,
}: GetPaymentsOptions): Handlers<typeof paymentMethods>['get-payments'] {
  return async ({ orderIds }, { actor }) => {
    const items = await read(orderIds, seesAll(actor) ? undefined : actor.id);
    return { ok: true, value: { items: [...items] } };
  };
}
