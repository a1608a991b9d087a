/** A shop with sidecars that is about to suffer, its shoppers, and what has to hold when it is over. */
import assert from 'node:assert/strict';
import { assertInvariants } from '../invariants.ts';
import { Client } from '../client.ts';
import { endsOf, startLoad, type Load } from '../load.ts';
import { Platform, run, testStack } from '../platform.ts';
import { allCharges } from '../provider.ts';
import { editPolicies } from './resources.ts';

export type BrokerName = 'redis' | 'kafka';

export interface SufferingShop {
  readonly platform: Platform;
  readonly admin: Client;
  /** Asks for so many processes of each service; whatever is not named has one. */
  scaleTo(replicas: Readonly<Record<string, number>>): Promise<void>;
  /** Shoppers who pay in each way, in turn. */
  trade(): Load;
  /** Ends the trade, and throws unless every order has come out as its payment says, with one charge where confirmed. */
  judge(load: Load): Promise<void>;
}

const SKU = 'SUFFER';
const SHOPPERS = 8;
const DECLINED = 'tok_decline';
const PAYMENTS = [
  'tok_ok',
  DECLINED,
  'tok_ok',
  'tok_timeout_after_charge',
  'tok_ok',
  'tok_webhook_duplicate',
];
/** The lost answers open the breaker towards the provider: it should be tried again within the time of a test. */
const IMPATIENT = 'provider: { circuitBreaker: { openSeconds: 2 } }';
/** After the worst, messages wait for retries and commands for their time limits. */
const SETTLE_MS = 150_000;

/** For as long as a breaker is open nobody could order, which would make a fault of a second a minute long. */
const BRISK = ['timeout: 60s', 'timeout: 1s'] as const;

export async function openShop(
  broker: BrokerName,
  env: Readonly<Record<string, string>> = {},
): Promise<SufferingShop> {
  const args = ['--broker', broker];
  const platform = await Platform.start({ runtime: 'dapr', stack: stackOf({}), args, env });
  for (const service of ['gateway', 'order']) await editPolicies(platform, service, BRISK);
  const names = Array.from({ length: SHOPPERS }, (_, index) => `shopper-${index}`);
  const tokens = [...(await platform.tokens(names)).values()];
  const admin = new Client(platform.access.url, platform.access.adminToken);
  const price = { amount: 700, currency: 'EUR' };
  const product = { sku: SKU, name: 'Suffering', category: 'test', brand: 'Acme', price };
  assert.equal((await admin.post('/api/products', product)).status, 201);
  assert.equal((await admin.post(`/api/inventory/${SKU}/restock`, { quantity: 1_000_000 })).status, 200);
  return {
    platform,
    admin,
    scaleTo: (replicas) => platform.editStack(stackOf(replicas)),
    trade: () => startLoad(platform, { sku: SKU, tokens, payWith: PAYMENTS }),
    judge: async (load) => {
      await load.stop();
      const orders = await endsOf(platform, load.orderIds, SETTLE_MS);
      assert.equal(new Set(load.orderIds).size, load.orderIds.length, 'one order per key');
      await replayDeadLetters(platform);
      const charges = await allCharges(platform);
      for (const [orderId, payment] of load.payments) {
        const status = orders.get(orderId)?.status;
        assert.equal(status, payment === DECLINED ? 'REJECTED' : 'CONFIRMED', `${orderId}, ${payment}`);
        assert.equal(charges.get(orderId)?.captures ?? 0, status === 'CONFIRMED' ? 1 : 0, orderId);
      }
      await assertInvariants(platform, load.orderIds);
    },
  };
}

function stackOf(replicas: Readonly<Record<string, number>>): string {
  const services = Object.entries({ payment: 1, ...replicas }).map(([name, count]) => {
    const more = name === 'payment' ? `, ${IMPATIENT}` : '';
    return `{ name: ${name}, replicas: ${count}${more} }`;
  });
  return testStack(services.join(', '));
}

/** As whoever operates the shop would; throws unless all of them were handled. */
async function replayDeadLetters({ data }: Platform): Promise<void> {
  const deadletters = (...args: string[]) => run('local/src/deadletters.ts', [...args, '--data', data]);
  const list = await deadletters('list');
  if (list.trim() === 'There are none.') return;
  console.log(`dead letters:\n${list}`);
  await deadletters('replay', '--all');
}
