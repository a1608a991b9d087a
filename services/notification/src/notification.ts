/** The nouns of the service: what is told, to whom, on which channel. */
import type { Channel, Money, Notification, RejectionReason } from '@ecommercestack/contracts';

export const channels: readonly Channel[] = ['email', 'sms', 'push'];

export type OrderEventType = Notification['event'];

/** What happened to an order, as far as its customer is told. */
export interface Occasion {
  readonly orderId: string;
  readonly customerId: string;
  readonly event: OrderEventType;
  readonly total: Money;
  /** Of a rejected order. */
  readonly reason?: RejectionReason;
}

/** Unique per order event and channel: the key under which a channel delivers it at most once. */
export function notificationId({ orderId, event }: Occasion, channel: Channel): string {
  return `${orderId}/${event}/${channel}`;
}

export interface Preference {
  readonly enabled: boolean;
  readonly address: string;
}

/** For every channel. */
export type PreferenceSet = Readonly<Record<Channel, Preference>>;
