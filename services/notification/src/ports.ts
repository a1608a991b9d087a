/** What the features need from the adapters. */
import type { Channel } from '@ecommercestack/contracts';
import type { Envelope, Handled } from '@ecommercestack/event-store';
import type { PoolClient } from 'pg';
import type { Occasion } from './notification.ts';

export interface OutgoingMessage {
  readonly orderId: string;
  readonly customerId: string;
  readonly channel: Channel;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

export interface KeyedMessage {
  readonly key: string;
  readonly message: OutgoingMessage;
}

export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** The channel will never take this message. `reason` is shown to the customer. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A way out of the house. */
export interface MessageChannel {
  /** Messages that it is given at a time. */
  readonly concurrency: number;
  /**
   * Resolves once the channel has taken the message, or refused it for good; a throw is an outage, or an answer
   * that was lost. The same key is delivered once where the channel can tell, else recognisable as a repeat. Once the
   * signal is aborted, what can be held back is not sent any more: it will be given again.
   */
  deliver(message: OutgoingMessage, key: string, signal?: AbortSignal): Promise<DeliveryOutcome>;
  /** Whether a message with this key was taken. Absent where the channel cannot know. */
  readonly lookup?: (key: string) => Promise<boolean>;
  /**
   * Takes messages within the transaction that registers them, each under its key. Only where the channel lives in
   * the service's own database: then there is nothing to deliver later, and no crash between delivery and record.
   */
  readonly post?: (client: PoolClient, messages: readonly KeyedMessage[]) => Promise<void>;
  close?(): Promise<void>;
}

export interface OrderMessage extends Envelope {
  readonly occasion: Occasion;
}

export interface Registered {
  readonly channel: Channel;
  readonly status: 'pending' | 'sent' | 'suppressed';
}

/** Resolves, after the commit, with the notifications that are new. */
export type RegisterNotifications = (message: OrderMessage) => Promise<Handled<readonly Registered[]>>;
