import { fakeClock } from './fake-clock.ts';
import { memoryStateStore } from './memory-state-store.ts';
import { stateStoreContract } from './state-store-contract.ts';

stateStoreContract('memory', async () => {
  const clock = fakeClock();
  return {
    store: memoryStateStore(clock),
    elapse: async (seconds) => clock.advance(seconds * 1_000),
    close: async () => undefined,
  };
});
