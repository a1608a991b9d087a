import { createFakeProvider } from './fake-provider.ts';
import { providerContract } from './provider-contract.ts';

const provider = createFakeProvider();
providerContract('in memory', () => ({
  provider,
  charges: async (orderId) =>
    provider.ledger.filter((entry) => entry.orderId === orderId && entry.type === 'authorised').length,
}));
