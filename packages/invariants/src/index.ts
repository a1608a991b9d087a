/** One checker for the invariants I1–I11: run after every fault test, and by the platform on itself. */
export { check, invariants } from './check.ts';
export type { CheckOptions, Invariant, Violation } from './check.ts';
export type { Facts, LedgerFact } from './facts.ts';
export { readFacts, readFactsSince } from './read-facts.ts';
export type { FactSources, Marks } from './read-facts.ts';
export { readLedger } from './read-ledger.ts';
