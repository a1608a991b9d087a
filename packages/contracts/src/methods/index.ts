export * from './cart.ts';
export * from './catalog.ts';
export * from './inventory.ts';
export * from './notification.ts';
export * from './order.ts';
export * from './payment.ts';
