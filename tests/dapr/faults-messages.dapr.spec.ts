/** Messages that are broken, or come again: each has one effect, or none. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { DeadLetterSummary, Stock } from '@ecommercestack/contracts';
import { eventually } from '../src/eventually.ts';
import { allReached, deliveriesOf } from '../src/faults/deliveries.ts';
import { fingerprintOf } from '../src/faults/fingerprint.ts';
import { publish } from '../src/faults/publish.ts';
import { editResource } from '../src/faults/resources.ts';
import { openShop, type SufferingShop } from '../src/faults/shop.ts';
import type { Platform } from '../src/platform.ts';
import { snapshot } from '../src/product.ts';

describe('messages over Kafka', () => {
  let shop: SufferingShop;

  before(async () => {
    shop = await openShop('kafka');
  });

  after(() => shop.platform.stop());

  function productCreated(sku: string, product: unknown = snapshot(sku)): object {
    return {
      specversion: '1.0',
      id: randomUUID(),
      type: 'product-created',
      source: 'catalog',
      subject: sku,
      time: new Date().toISOString(),
      topic: 'catalog.events',
      datacontenttype: 'application/json',
      data: { product },
    };
  }

  async function openLetters(service: string): Promise<readonly DeadLetterSummary[]> {
    const path = `/api/ops/dead-letters?status=open&service=${service}`;
    return (await shop.admin.get<{ items: DeadLetterSummary[] }>(path)).body.items;
  }

  test('all topics from their first message on, once more, change nothing', async () => {
    const { platform } = shop;
    const load = shop.trade();
    await eventually('some orders', async () => load.orderIds.length >= 60);
    await shop.judge(load);
    const stored = await fingerprintOf(platform);
    const delivered = await deliveriesOf(platform);
    await readFromTheBeginning(platform);
    await eventually('everything has come again', async () =>
      allReached(await deliveriesOf(platform), delivered, 2),
    );
    assert.deepEqual(await fingerprintOf(platform), stored);
    await shop.judge(load);
  });

  test('a poison message is set aside, and those of its partition pass it by', async () => {
    const poison = { ...snapshot('POISON'), price: 'to be asked for' };
    const neighbours = Array.from({ length: 10 }, (_, index) => `NEIGHBOUR-${index}`);
    const events: (object | string)[] = neighbours.map((sku) => productCreated(sku));
    events.splice(5, 0, productCreated('POISON', poison), 'nothing that could be read');
    for (const event of events) {
      const way = { appId: 'catalog', topic: 'catalog.events', partitionKey: 'one partition' };
      await publish(shop.platform, { ...way, event });
    }
    await eventually('the neighbours are known to the inventory', async () => {
      const { body } = await shop.admin.get<{ items: Stock[] }>(
        `/api/inventory?skus=${neighbours.join(',')}`,
      );
      return body.items.length === neighbours.length;
    });
    for (const service of ['inventory', 'catalog']) {
      const letters = await eventually(`${service} sets both aside`, async () => {
        const open = await openLetters(service);
        return open.length === 2 && open;
      });
      assert.deepEqual(letters.map(({ type }) => type).toSorted(), ['product-created', 'unknown']);
      assert.ok(letters.some(({ key }) => key === 'POISON'));
      for (const { id } of letters) {
        const path = `/api/ops/dead-letters/${service}/${id}/discard`;
        assert.equal((await shop.admin.post(path, { reason: 'nobody sent it' })).status, 200);
      }
    }
  });
});

/** Makes all services new to the broker, so that it gives them what it has from offset 0; their sidecars see the edit. */
async function readFromTheBeginning(platform: Platform): Promise<void> {
  const option = '    - name: initialOffset\n';
  const group = `    - { name: consumerGroup, value: 'again-{appID}' }\n`;
  await editResource(platform, 'pubsub', [option, group + option]);
}
