import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SearchIndexUnderTest } from '../contract/search-index.contract.ts';
import { judgements } from './judgements.ts';
import type { Kind } from './judgements.ts';
import { describeQuality, measureQuality, stockShop } from './measure.ts';
import type { Quality } from './measure.ts';
import { seedProducts } from '../../seed/index.ts';

export interface Floors extends Partial<Readonly<Record<Kind, number>>> {
  readonly all: number;
}

/** Somewhat below what the engine reached when they were set: a change that costs more is noticed. */
export function searchQualityContract(
  name: string,
  makeIndex: () => Promise<SearchIndexUnderTest>,
  floors: Floors,
): void {
  describe(`the searches of shoppers on ${name}`, () => {
    let opened: SearchIndexUnderTest;
    let quality: Quality;
    before(async () => {
      opened = await makeIndex();
      await stockShop(opened.index);
      quality = await measureQuality(opened.index);
    });
    after(() => opened.close());

    it('are judged by goods that exist', (context) => {
      context.diagnostic(describeQuality(name, quality));
      const skus = new Set(seedProducts.map(({ product }) => product.sku));
      assert.ok(judgements.length >= 60);
      for (const { text, relevant } of judgements) {
        for (const sku of Object.keys(relevant)) assert.ok(skus.has(sku), `${text}: ${sku}`);
      }
    });

    for (const [kind, floor] of Object.entries(floors)) {
      it(`find enough, ${kind === 'all' ? 'all together' : `by ${kind}`}: nDCG@10 of ${floor}`, () => {
        const reached = kind === 'all' ? quality.all : quality.byKind.get(kind as Kind);
        assert.ok(reached !== undefined && reached >= floor, `${reached}\n${describeQuality(name, quality)}`);
      });
    }
  });
}
