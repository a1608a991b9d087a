/** What shoppers may type: every engine that a shop is run on understands it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createSearchProducts } from '../../features/search-products/search-products.ts';
import { seedProducts } from '../../seed/index.ts';
import type { SearchIndex } from '../ports.ts';
import { listed } from './samples.ts';
import type { SearchIndexUnderTest } from './search-index.contract.ts';

export function webSearchContract(name: string, makeIndex: () => Promise<SearchIndexUnderTest>): void {
  describe(`a search of the shop on ${name}`, () => {
    let opened: SearchIndexUnderTest;
    let index: SearchIndex;

    before(async () => {
      opened = await makeIndex();
      index = opened.index;
      await index.apply(
        seedProducts.map(({ product: { description = '', tags = [], attributes = {}, ...product } }) =>
          listed(product.sku, 1, { ...product, description, tags, attributes }),
        ),
      );
    });
    after(() => opened.close());

    const find = async (text: string): Promise<readonly string[]> => {
      const { found } = await index.page({ filters: { text }, sort: 'relevance', limit: 100 });
      return found.map(({ product }) => product.sku);
    };

    const firstFor: readonly (readonly [query: string, sku: string, why: string])[] = [
      ['sencha', 'TEA-SENCHA-100', 'a name'],
      ['SENCHA', 'TEA-SENCHA-100', 'any case'],
      ['senc', 'TEA-SENCHA-100', 'a word not finished'],
      ['ceramic drip', 'COF-V60-02', 'the last word not finished'],
      ['caffe bellavista', 'COF-ESPRESSO-1K', 'a brand, without its accent'],
      ['Rösterei yirgacheffe', 'COF-YIRG-250', 'brand and name together'],
      ['notebooks', 'STA-NOTE-A5', 'another form of a word'],
      ['noise cancelling headphones', 'AUD-HP-ANC', 'several words in any order'],
      ['"dutch oven"', 'KIT-DUTCH-45', 'a phrase'],
      ['GRD-CAN-9L', 'GRD-CAN-9L', 'a SKU'],
      ['sourdough', 'BOK-BREAD-01', 'a word of the description'],
      ['kagoshima', 'TEA-SENCHA-100', 'an attribute'],
      ['chef’s knife', 'KIT-KNIFE-CH21', 'a typographic apostrophe'],
    ];
    for (const [query, sku, why] of firstFor) {
      it(`finds “${query}” first by ${why}`, async () => {
        const found = await find(query);
        assert.equal(found[0], sku, found.join());
      });
    }

    const marked: readonly (readonly [query: string, sku: string, words: readonly string[], why: string])[] =
      [
        ['SENCH', 'TEA-SENCHA-100', ['Sencha'], 'a word not finished, in any case'],
        ['notebooks', 'STA-NOTE-A5', ['Notebook'], 'another form of a word'],
        ['"dutch oven"', 'KIT-DUTCH-45', ['Dutch', 'Oven'], 'a phrase'],
        [
          'caffe bellavista espresso',
          'COF-ESPRESSO-1K',
          ['Espresso'],
          'what is in the name, not in the brand',
        ],
      ];
    for (const [text, sku, words, why] of marked) {
      it(`shows why ${text} found ${sku}: ${why}`, async () => {
        const search = createSearchProducts(index);
        const outcome = await search({ q: text, sort: 'relevance', limit: 100 });
        const item = outcome.ok ? outcome.value.items.find((each) => each.sku === sku) : undefined;
        assert.ok(item?.highlight, JSON.stringify(item));
        const { name } = item.highlight;
        assert.equal(name.map((piece) => piece.text).join(''), item.name);
        assert.deepEqual(
          name.filter(({ match }) => match).map((piece) => piece.text),
          words,
        );
      });
    }

    it('ranks a match in the name above one in the description', async () => {
      const found = await find('kettle');
      assert.equal(found[0], 'COF-KETTLE-GN');
      assert.ok(found.includes('TEA-SENCHA-100'), 'and finds it in the brand');
    });

    it('leaves out what is excluded, and joins alternatives', async () => {
      const green = await find('"green tea" -matcha');
      assert.ok(green.includes('TEA-SENCHA-100') && !green.includes('TEA-MATCHA-030'));
      const either = await find('turntable or secateurs');
      assert.ok(either.includes('AUD-TURNTABLE') && either.includes('GRD-SECATEUR'));
      const typed = await find('turntable or secat');
      assert.ok(typed.includes('AUD-TURNTABLE') && typed.includes('GRD-SECATEUR'));
    });

    it('finds nothing for nonsense, and survives any text', async () => {
      assert.deepEqual(await find('xyzzyplugh'), []);
      for (const text of [
        '"',
        '-',
        "'",
        '\\',
        ':*',
        '& | !',
        '<->',
        '()',
        'a & b:*',
        '%',
        '💥',
        'the',
        '½ ŉa',
        ' ',
      ]) {
        assert.ok(Array.isArray(await find(text)), text);
        await index.summary({ text });
        assert.ok(Array.isArray(await index.suggest(text, 5)), text);
      }
    });
  });
}
