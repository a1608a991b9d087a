/** The texts. Pure: the same notification always reads the same, so that a repeat is a true copy. */
import type { Channel, Money, RejectionReason } from '@ecommercestack/contracts';
import type { Occasion } from '../../notification.ts';

export interface Text {
  readonly subject: string;
  readonly body: string;
}

const because: Readonly<Record<RejectionReason, string>> = {
  'out-of-stock': 'some of its items are sold out',
  'payment-declined': 'the payment was declined',
  'payment-unavailable': 'the payment could not be made in time',
  expired: 'it was not completed in time',
  'unknown-product': 'we no longer sell one of its items',
};

export function render(occasion: Occasion, channel: Channel, format: (money: Money) => string): Text {
  const { subject, sentence } = textOf(occasion, format(occasion.total));
  if (channel !== 'email') return { subject, body: sentence };
  return { subject, body: `Hello,\n\n${sentence}\n\nOrder number: ${occasion.orderId}\n` };
}

function textOf({ event, orderId, reason }: Occasion, amount: string) {
  const order = `order ${shortOrderId(orderId)}`;
  switch (event) {
    case 'order-confirmed':
      return {
        subject: `Your ${order} is confirmed`,
        sentence: `Thank you for your ${order}. We have received your payment of ${amount} and are packing your items.`,
      };
    case 'order-rejected':
      return {
        subject: `Your ${order} could not be completed`,
        sentence: `Your ${order} over ${amount} could not be completed${reason === undefined ? '' : `: ${because[reason]}`}. You have not been charged.`,
      };
    case 'order-cancelled':
      return {
        subject: `Your ${order} is cancelled`,
        sentence: `Your ${order} over ${amount} was cancelled, as you asked. You have not been charged.`,
      };
    case 'order-refunded':
      return {
        subject: `Your ${order} is refunded`,
        sentence: `Your ${order} was taken back and ${amount} is on its way to you. It may take some days to arrive.`,
      };
  }
}

/** The random end of a UUIDv7: its beginning is the time, which neighbours share. */
export function shortOrderId(orderId: string): string {
  return orderId.slice(-8).toUpperCase();
}
