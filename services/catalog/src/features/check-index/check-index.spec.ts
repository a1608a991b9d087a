import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absent, skuOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import { createIndexCheck } from './check-index.ts';

const { signal } = new AbortController();

/** A store (given in order of SKU) and an index of versions; `wait` stands for the time a change may be on its way. */
function scene(
  stored: Record<string, number>,
  indexed: Record<string, number>,
  wait = async () => undefined,
) {
  const versions = new Map(Object.entries(indexed));
  const states = Object.entries(stored).map(([sku, version]): KnownProduct => ({
    status: 'withdrawn',
    sku,
    version,
  }));
  const check = createIndexCheck(
    {
      scan: async (after, limit) =>
        states.filter((state) => after === undefined || skuOf(state) > after).slice(0, limit),
      states: async (skus) =>
        new Map(skus.map((sku) => [sku, states.find((state) => skuOf(state) === sku) ?? absent])),
    },
    {
      range: async (after, upTo) =>
        new Map(
          [...versions].filter(
            ([sku]) => (after === undefined || sku > after) && (upTo === undefined || sku <= upTo),
          ),
        ),
      versions: async (skus) => new Map([...versions].filter(([sku]) => skus.includes(sku))),
      apply: async (applied) => {
        for (const state of applied) if (state.status === 'withdrawn') versions.set(state.sku, state.version);
      },
    },
    { pageSize: 2, graceMs: 1, wait },
  );
  const round = async () => {
    const found: string[] = [];
    for (let pages = 0; pages < 3; pages += 1) {
      const { behind, orphans } = await check.step(signal);
      found.push(...behind.map(skuOf), ...orphans.map((sku) => `never written: ${sku}`));
    }
    return found;
  };
  return { check, versions, round };
}

describe('the check of the index', () => {
  it('finds nothing where the index holds every version', async () => {
    const { check, round } = scene({ a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 3 });
    assert.deepEqual(await round(), []);
    assert.equal(check.drift(), 0);
  });

  it('finds and mends what is missing or old, and reports it for one more round', async () => {
    const { check, versions, round } = scene({ a: 1, b: 2, c: 3 }, { b: 1, c: 3 });
    assert.deepEqual(await round(), ['a', 'b']);
    assert.equal(check.drift(), 2);
    assert.deepEqual([versions.get('a'), versions.get('b')], [1, 2]);
    assert.deepEqual(await round(), []);
    assert.equal(check.drift(), 0);
  });

  it('finds what was never written, wherever in the order of SKUs', async () => {
    const { check, round } = scene({ b: 1, d: 1, f: 1 }, { a: 1, b: 1, c: 2, d: 1, f: 1, g: 3 });
    const strange = ['a', 'c', 'g'].map((sku) => `never written: ${sku}`);
    assert.deepEqual((await round()).toSorted(), strange);
    assert.equal(check.drift(), 3);
    const { round: empty } = scene({}, { a: 1 });
    assert.deepEqual((await empty())[0], 'never written: a');
  });

  it('gives a change time to arrive', async () => {
    const arriving = scene({ a: 2 }, { a: 1 }, async () => void arriving.versions.set('a', 2));
    assert.deepEqual(await arriving.round(), []);
    assert.equal(arriving.check.drift(), 0);
  });

  it('takes no offence at an index that is ahead of the page it read', async () => {
    const { round } = scene({ a: 1 }, { a: 2 });
    assert.deepEqual(await round(), []);
  });
});
