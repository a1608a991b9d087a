/** Every message that travels, so that one can be held against its contract wherever it is found. */
import type { MessageContract } from '../define.ts';
import { catalogEvents } from './catalog.ts';
import { inventoryCommands, inventoryEvents, stockLevelChanged } from './inventory.ts';
import { orderEvents } from './order.ts';
import { paymentCommands, paymentEvents } from './payment.ts';

export const messageContracts: readonly MessageContract[] = [
  ...Object.values(catalogEvents),
  ...Object.values(inventoryCommands),
  ...Object.values(inventoryEvents),
  stockLevelChanged,
  ...Object.values(orderEvents),
  ...Object.values(paymentCommands),
  ...Object.values(paymentEvents),
];
