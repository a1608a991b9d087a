export * from './cart.ts';
export * from './catalog.ts';
export * from './dead-letters.ts';
export * from './inventory.ts';
export * from './notification.ts';
export * from './ops.ts';
export * from './order.ts';
export * from './payment.ts';
