import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startShops, type Shops, type TestStack } from '../src/cluster-operator.ts';
import { eventually } from '../src/eventually.ts';
import { fieldOf } from '../src/cluster.ts';

describe('another operator in place of one that was killed', () => {
  let made: Shops;
  before(async () => {
    made = await startShops(1, { LEASE_DURATION: '4s', RENEW_DEADLINE: '3s', RETRY_PERIOD: '500ms' });
  });
  after(() => made.stop());

  test('finds a canary half way, writes nothing and restarts nothing', async () => {
    const [stack] = made.shops as [TestStack];
    const spec = (weight: number) => ({
      version: '1',
      services: [{ name: 'catalog', canary: { version: '2', weight } }],
    });
    await stack.spec(spec(50));
    await eventually('half of the callers are sent to it', async () => {
      return (await stack.service('catalog'))?.['appliedWeight'] === 50;
    });
    await stack.until('Ready', 'True');
    await stack.until('Progressing', 'False');
    const versions = async () =>
      [...(await stack.children())].map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`);
    const before = await versions();
    await made.restart('SIGKILL');
    await eventually('it has looked', async () => {
      return (await made.operator().figure('operator_reconciles_total')) > 0;
    });
    assert.deepEqual(await versions(), before);
    assert.equal(await made.operator().figure('operator_writes_total'), 0);
    await stack.spec(spec(60));
    await eventually('it goes on', async () => {
      return fieldOf(await stack.settings(), 'services.catalog.canary.weight') === 60;
    });
  });
});
