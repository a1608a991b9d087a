/** Turns what the process manager asks for into rows of the outbox. The order id is the key everywhere. */
import {
  inventoryCommands,
  orderEvents,
  paymentCommands,
  type InventoryCommand,
  type OrderEvent as OrderAnnouncement,
  type PaymentCommand,
} from '@ecommercestack/contracts';
import type { OutboxMessage } from '@ecommercestack/event-store';
import { stockLines, type SagaCommand } from '../domain/process-manager.ts';

const ORDER_EVENTS = orderEvents.orderPlaced.topic;
const INVENTORY_COMMANDS = inventoryCommands.reserveStock.topic;
const PAYMENT_COMMANDS = paymentCommands.authorisePayment.topic;

/** `tokens` holds the payment token of each order that still waits for its payment. */
export function commandMessage(command: SagaCommand, tokens: ReadonlyMap<string, string>): OutboxMessage {
  const { orderId: key } = command.terms;
  const body = payloadOf(command, tokens);
  const topic = body.type.endsWith('-payment') ? PAYMENT_COMMANDS : INVENTORY_COMMANDS;
  return { topic, key, type: body.type, payload: body.data };
}

export function announcementMessage({ type, data }: OrderAnnouncement): OutboxMessage {
  return { topic: ORDER_EVENTS, key: data.orderId, type, payload: data };
}

function payloadOf(
  { type, terms }: SagaCommand,
  tokens: ReadonlyMap<string, string>,
): InventoryCommand | PaymentCommand {
  const { orderId, customerId, total: amount } = terms;
  switch (type) {
    case 'reserve-stock':
    case 'commit-reservation':
    case 'release-reservation':
      return { type, data: { orderId, lines: [...stockLines(terms)] } };
    case 'capture-payment':
    case 'undo-payment':
      return { type, data: { orderId } };
    case 'authorise-payment': {
      const token = tokens.get(orderId);
      if (token === undefined) throw new Error(`the payment token of order ${orderId} is gone`);
      return { type, data: { orderId, customerId, amount, token } };
    }
  }
}
