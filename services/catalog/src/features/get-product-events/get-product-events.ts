/** Shows the history of a product, withdrawn ones included. */
import { staffRoles } from '@ecommercestack/contracts';
import type { AuditEvent } from '@ecommercestack/contracts';
import type { CallContext, Outcome } from '@ecommercestack/kit';
import type { RecordedProductEvent } from '../../domain/product.ts';

export interface WholeHistory {
  /** Oldest first; empty for an unknown SKU. */
  history(sku: string): Promise<readonly RecordedProductEvent[]>;
}

export function createGetProductEvents(store: WholeHistory) {
  return async (sku: string, context: CallContext): Promise<Outcome<{ readonly items: AuditEvent[] }>> => {
    if (!staffRoles.some((role) => context.actor.roles.includes(role))) {
      return { ok: false, problem: { code: 'forbidden', detail: 'Only staff may read histories.' } };
    }
    const events = await store.history(sku);
    if (events.length === 0) {
      return { ok: false, problem: { code: 'not-found', detail: 'There is no such product.' } };
    }
    return { ok: true, value: { items: events.map(auditEventOf) } };
  };
}

function auditEventOf({ version, type, occurredAt, actor, data }: RecordedProductEvent): AuditEvent {
  return {
    version,
    type,
    occurredAt: occurredAt.toISOString(),
    ...(actor === undefined ? {} : { actor }),
    data: { ...data },
  };
}
