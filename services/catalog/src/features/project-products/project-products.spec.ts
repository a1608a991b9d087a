import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from '@ecommercestack/kit';
import { announcementOf } from '../../domain/announcement.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import { createProjectProducts } from './project-products.ts';

const withdrawn = (sku: string): KnownProduct => ({ status: 'withdrawn', sku, version: 2 });
const message = (state: KnownProduct, time = '2026-01-01T00:00:00.000Z'): Message => {
  const { type, data } = announcementOf({ type: 'product-deleted', data: {} }, state);
  const sku = skuOf(state);
  return {
    id: `${sku}-${versionOf(state)}`,
    topic: 'catalog.events',
    key: sku,
    type,
    time,
    source: 'catalog',
    data,
  };
};

describe('projecting products', () => {
  it('applies what arrives together in one go, and tells of it afterwards', async () => {
    const steps: string[] = [];
    const searchable: string[] = [];
    const projection = createProjectProducts(
      { apply: async (states) => void steps.push(`apply ${states.map(skuOf).join()}`) },
      {
        projected: async (states) => void steps.push(`projected ${states.map(skuOf).join()}`),
        searchable: (since) => void searchable.push(since),
      },
    );
    const { handle } = projection.subscription;
    const deliveries = await Promise.all(['a', 'b', 'c'].map((sku) => handle(message(withdrawn(sku)))));
    assert.deepEqual(steps, ['apply a,b,c', 'projected a,b,c']);
    assert.deepEqual(
      searchable,
      Array.from({ length: 3 }, () => '2026-01-01T00:00:00.000Z'),
    );
    assert.deepEqual(deliveries, [{ kind: 'ack' }, { kind: 'ack' }, { kind: 'ack' }]);
  });

  it('fails only the message that cannot be applied, and lets its neighbours pass', async () => {
    const applied: string[] = [];
    const { subscription } = createProjectProducts(
      {
        apply: async (states) => {
          if (states.some((state) => skuOf(state) === 'bad')) throw new Error('refused by the index');
          applied.push(...states.map(skuOf));
        },
      },
      { projected: async () => undefined },
    );
    const outcomes = await Promise.allSettled(
      ['a', 'bad', 'c'].map((sku) => subscription.handle(message(withdrawn(sku)))),
    );
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(applied.toSorted(), ['a', 'c']);
  });

  it('sets aside what is not a catalog event', async () => {
    const { subscription } = createProjectProducts(
      { apply: async () => undefined },
      { projected: async () => undefined },
    );
    const good = message(withdrawn('a'));
    for (const bad of [
      { ...good, type: 'product-praised' },
      { ...good, data: { sku: 'a' } },
    ]) {
      assert.equal((await subscription.handle(bad)).kind, 'drop');
    }
  });

  it('knows since when the oldest message has been in hand', async () => {
    const apply = Promise.withResolvers<void>();
    const projection = createProjectProducts(
      { apply: () => apply.promise },
      { projected: async () => undefined },
    );
    assert.equal(projection.oldestInHand(), undefined);
    const handled = ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'].map((time) =>
      projection.subscription.handle(message(withdrawn(time.slice(0, 10)), time)),
    );
    assert.equal(projection.oldestInHand(), '2026-01-01T00:00:00.000Z');
    apply.resolve();
    await Promise.all(handled);
    assert.equal(projection.oldestInHand(), undefined);
  });
});
