/** Payments as others see them: folds of their streams. */
import type { Payment as PublicPayment } from '@ecommercestack/contracts';
import type { EventStore } from '@ecommercestack/event-store';
import { detailsOf } from '../domain/evolve.ts';
import { publicStatus, reasonOf } from '../domain/summary.ts';
import { foldHistory, streamOf } from './history.ts';
import type { History } from './history.ts';

/** In no particular order; of one customer only, where one is given. */
export async function readPayments(
  store: EventStore,
  orderIds: readonly string[],
  customerId: string | undefined,
): Promise<readonly PublicPayment[]> {
  const streams = await store.loadMany([...new Set(orderIds.map(streamOf))]);
  const payments = [...streams.values()].flatMap((events) => toPublic(foldHistory(events)) ?? []);
  return payments.filter((payment) => customerId === undefined || payment.customerId === customerId);
}

/** A payment that was undone before it was ever asked for is nobody's: it has no details. */
function toPublic({ payment, changedAt }: History): PublicPayment | undefined {
  const details = detailsOf(payment);
  if (payment.status === 'none' || details === undefined || changedAt === undefined) return undefined;
  const { orderId, customerId, amount } = details;
  const reason = reasonOf(payment);
  return {
    orderId,
    customerId,
    status: publicStatus[payment.status],
    amount,
    ...(reason !== undefined && { reason }),
    updatedAt: changedAt.toISOString(),
  };
}
