export * from './all.ts';
export * from './cache.ts';
export * from './catalog.ts';
export * from './inventory.ts';
export * from './order.ts';
export * from './payment.ts';
