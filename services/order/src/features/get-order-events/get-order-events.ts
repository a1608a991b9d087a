/** The audit trail: every event of an order as it was committed. Events hold neither address nor token. */
import type { AuditEvent } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import { maySee, notFound } from '../../access.ts';
import { fold } from '../../domain/evolve.ts';
import type { OrderReader } from '../../ports.ts';

export function getOrderEvents(orders: Pick<OrderReader, 'events'>) {
  return async (
    { orderId }: { readonly orderId: string },
    { actor }: CallContext,
  ): Promise<Outcome<{ items: AuditEvent[] }>> => {
    const events = await orders.events(orderId);
    const order = fold(events);
    if (order.status === 'NONE' || !maySee(actor, order)) return notFound(orderId);
    const items = events.map(({ version, type, occurredAt, metadata, data }) => ({
      version,
      type,
      occurredAt: occurredAt.toISOString(),
      ...(metadata.actor !== undefined && { actor: metadata.actor }),
      data: { ...data },
    }));
    return { ok: true, value: { items } };
  };
}
