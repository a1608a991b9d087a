/** Commands to the inventory service, its replies to the order saga, and the stock levels it announces. */
import { z } from 'zod';
import { defineMessage, type MessageOf } from '../define.ts';
import { orderId, sku, stockLine, timestamp, version } from '../values.ts';

const COMMANDS = 'inventory.commands';
const EVENTS = 'inventory.events';

const reservation = z.strictObject({ orderId, lines: z.array(stockLine).min(1).max(50) });

export const inventoryCommands = {
  /** All or nothing over the lines; each SKU appears once, sorted. Refused for good once released. */
  reserveStock: defineMessage(COMMANDS, 'reserve-stock', reservation),
  /** A held reservation becomes a sale; refused when it has expired. */
  commitReservation: defineMessage(COMMANDS, 'commit-reservation', reservation),
  /** The undo of both, whatever has happened so far; a reserve that arrives later is refused. */
  releaseReservation: defineMessage(COMMANDS, 'release-reservation', reservation),
} as const;
export type InventoryCommand = MessageOf<(typeof inventoryCommands)[keyof typeof inventoryCommands]>;

export const stockRefusalReason = z.enum(['out-of-stock', 'unknown-product', 'released']);

export const inventoryEvents = {
  stockReserved: defineMessage(EVENTS, 'stock-reserved', z.strictObject({ orderId, expiresAt: timestamp })),
  stockRefused: defineMessage(
    EVENTS,
    'stock-refused',
    z.strictObject({ orderId, reason: stockRefusalReason, skus: z.array(sku) }),
  ),
  reservationCommitted: defineMessage(EVENTS, 'reservation-committed', z.strictObject({ orderId })),
  commitRefused: defineMessage(
    EVENTS,
    'commit-refused',
    z.strictObject({ orderId, reason: z.enum(['expired', 'released', 'not-reserved']) }),
  ),
  reservationReleased: defineMessage(EVENTS, 'reservation-released', z.strictObject({ orderId })),
  reservationExpired: defineMessage(EVENTS, 'reservation-expired', z.strictObject({ orderId })),
} as const;
export type InventoryEvent = MessageOf<(typeof inventoryEvents)[keyof typeof inventoryEvents]>;

/** At most one per SKU and transaction; `version` grows with every change, so a late one is recognised. */
export const stockLevelChanged = defineMessage(
  'inventory.stock',
  'stock-level-changed',
  z.strictObject({ sku, available: z.int().min(0), version }),
);
export type StockLevelChanged = MessageOf<typeof stockLevelChanged>;
