/** Helpers for specs; never imported by what runs in production. */
export { fakeClock } from './testing/fake-clock.ts';
export { memoryLogger } from './testing/memory-logger.ts';
export { callContext } from './testing/context.ts';
