/** Helpers for specs; never imported by what runs in production. */
export { fakeClock } from './testing/fake-clock.ts';
export { memoryLogger } from './testing/memory-logger.ts';
export { callContext } from './testing/context.ts';
export { callMethod } from './testing/call-method.ts';
export { eventually } from './testing/eventually.ts';
export { seededRandom } from './testing/random.ts';
export { faultyBus } from './testing/faulty-bus.ts';
export type { Faults } from './testing/faulty-bus.ts';
export { busContract } from './testing/bus-contract.ts';
export type { BusCapabilities, BusUnderTest, MakeBus } from './testing/bus-contract.ts';
export { invokerContract } from './testing/invoker-contract.ts';
export type { InvokerUnderTest, MakeInvoker } from './testing/invoker-contract.ts';
export { memoryStateStore } from './testing/memory-state-store.ts';
export { stateStoreContract } from './testing/state-store-contract.ts';
export type { MakeStateStore, StateStoreUnderTest } from './testing/state-store-contract.ts';
