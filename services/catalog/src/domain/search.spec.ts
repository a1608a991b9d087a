import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { productSearch } from '@ecommercestack/contracts';
import { filtersOf, sortOf } from './search.ts';

describe('a search', () => {
  it('comes with the newest first when there is no text to be relevant to', () => {
    assert.equal(sortOf(productSearch.parse({})), 'newest');
    assert.equal(sortOf(productSearch.parse({ q: '  ' })), 'newest');
    assert.equal(sortOf(productSearch.parse({ q: 'tea' })), 'relevance');
    assert.equal(sortOf(productSearch.parse({ sort: 'name' })), 'name');
  });

  it('narrows by what was given, and by nothing else', () => {
    assert.deepEqual(filtersOf(productSearch.parse({ q: ' ' })), {});
    const given = { category: 'tea', brand: 'B', minPrice: 0, maxPrice: 5, inStock: false };
    assert.deepEqual(filtersOf(productSearch.parse({ ...given, q: ' tea ' })), { ...given, text: 'tea' });
  });
});
