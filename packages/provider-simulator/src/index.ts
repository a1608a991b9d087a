/** A Stripe-shaped payment provider for development and tests, with a durable ledger and faults on demand. */
export { startSimulator } from './server.ts';
export type { RunningSimulator, SimulatorOptions } from './server.ts';
export type { LedgerEntry } from './book.ts';
export { signWebhook } from './webhooks.ts';
