/** Small models of the inventory and payment services: idempotent by order, as the saga expects of them. */
import type { InventoryEvent, PaymentEvent } from '@ecommercestack/contracts';
import type { SagaCommandType } from '../domain/transitions.ts';

export type Hold = 'held' | 'committed' | 'refused' | 'released' | 'expired';
export type Charge =
  'requested' | 'authorised' | 'declined' | 'captured' | 'capture-failed' | 'voided' | 'refunded';
/** How the provider will treat an order: `stuck` answers only when `settle` says so. */
export type Provider = 'approves' | 'declines' | 'stuck' | 'fails-capture';

const EXPIRES_AT = '2030-01-01T00:10:00.000Z';

export interface InventoryModel {
  readonly holds: Map<string, Hold>;
  handle(type: SagaCommandType, orderId: string): InventoryEvent | undefined;
  expire(orderId: string): InventoryEvent | undefined;
}

export function inventoryModel(isInStock: (orderId: string) => boolean): InventoryModel {
  const holds = new Map<string, Hold>();
  const reserve = (orderId: string): InventoryEvent => {
    if (!holds.has(orderId)) holds.set(orderId, isInStock(orderId) ? 'held' : 'refused');
    const hold = holds.get(orderId);
    if (hold === 'held' || hold === 'committed') {
      return { type: 'stock-reserved', data: { orderId, expiresAt: EXPIRES_AT } };
    }
    const reason = hold === 'refused' ? 'out-of-stock' : 'released';
    return { type: 'stock-refused', data: { orderId, reason, skus: [] } };
  };
  const commit = (orderId: string): InventoryEvent => {
    const hold = holds.get(orderId);
    if (hold === 'held' || hold === 'committed') {
      holds.set(orderId, 'committed');
      return { type: 'reservation-committed', data: { orderId } };
    }
    const reason = hold === 'expired' || hold === 'released' ? hold : 'not-reserved';
    return { type: 'commit-refused', data: { orderId, reason } };
  };
  return {
    holds,
    handle: (type, orderId) => {
      if (type === 'reserve-stock') return reserve(orderId);
      if (type === 'commit-reservation') return commit(orderId);
      if (type !== 'release-reservation') return undefined;
      if (holds.get(orderId) !== 'refused') holds.set(orderId, 'released');
      return { type: 'reservation-released', data: { orderId } };
    },
    expire: (orderId) => {
      if (holds.get(orderId) !== 'held') return undefined;
      holds.set(orderId, 'expired');
      return { type: 'reservation-expired', data: { orderId } };
    },
  };
}

export interface PaymentModel {
  readonly charges: Map<string, Charge>;
  handle(type: SagaCommandType, orderId: string): PaymentEvent | undefined;
  /** The outcome that the provider owed becomes known. */
  settle(orderId: string): PaymentEvent | undefined;
}

export function paymentModel(providerOf: (orderId: string) => Provider): PaymentModel {
  const charges = new Map<string, Charge>();
  const undoing = new Set<string>();
  const replyOf = (orderId: string): PaymentEvent | undefined => {
    const amount = { amount: 2_100, currency: 'EUR' };
    const charge = charges.get(orderId);
    switch (charge) {
      case 'declined':
        return { type: 'payment-declined', data: { orderId, reason: 'card_declined' } };
      case 'capture-failed':
        return { type: 'payment-capture-failed', data: { orderId, reason: 'capture_failed' } };
      case 'refunded':
        return { type: 'payment-refunded', data: { orderId, amount } };
      case 'authorised':
      case 'captured':
      case 'voided':
        return { type: `payment-${charge}`, data: { orderId } };
      case 'requested':
      case undefined:
        return undefined;
    }
  };
  const move = (orderId: string, charge: Charge) => {
    charges.set(orderId, charge);
    return replyOf(orderId);
  };
  const authorise = (orderId: string) => {
    if (charges.has(orderId)) return replyOf(orderId);
    const provider = providerOf(orderId);
    if (provider === 'stuck') return move(orderId, 'requested');
    return move(orderId, provider === 'declines' ? 'declined' : 'authorised');
  };
  const capture = (orderId: string): PaymentEvent | undefined => {
    const charge = charges.get(orderId);
    if (charge === 'authorised') {
      return move(orderId, providerOf(orderId) === 'fails-capture' ? 'capture-failed' : 'captured');
    }
    if (charge === 'captured') return replyOf(orderId);
    return { type: 'payment-capture-failed', data: { orderId, reason: `payment is ${charge ?? 'unknown'}` } };
  };
  const undo = (orderId: string): PaymentEvent | undefined => {
    const charge = charges.get(orderId);
    if (charge === 'captured') return move(orderId, 'refunded');
    if (charge === 'declined') return { type: 'payment-voided', data: { orderId } };
    if (charge === 'refunded') return replyOf(orderId);
    if (charge !== 'requested') return move(orderId, 'voided');
    undoing.add(orderId);
    return undefined;
  };
  return {
    charges,
    handle: (type, orderId) => {
      if (type === 'authorise-payment') return authorise(orderId);
      if (type === 'capture-payment') return capture(orderId);
      return type === 'undo-payment' ? undo(orderId) : undefined;
    },
    settle: (orderId) => {
      if (charges.get(orderId) !== 'requested') return undefined;
      return move(orderId, undoing.has(orderId) ? 'voided' : 'authorised');
    },
  };
}
