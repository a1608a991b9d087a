import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { listed, withdrawn } from '../contract/samples.ts';
import { documentOf, withLevel } from './document.ts';

const anyVersions = fc.tuple(fc.integer({ min: 1, max: 2 ** 22 - 1 }), fc.nat(2 ** 31 - 1));
const versionFor = ([product, stock]: readonly [number, number]) =>
  documentOf(listed('TEA-1', product), { sku: 'TEA-1', available: 1, version: stock }).version;

describe('the document of a product', () => {
  it('has a version that orders products first, and stock levels of one product next', () => {
    fc.assert(
      fc.property(anyVersions, anyVersions, (a, b) => {
        const expected = Math.sign(a[0] - b[0] || a[1] - b[1]);
        assert.equal(Math.sign(versionFor(a) - versionFor(b)), expected);
        assert.ok(Number.isSafeInteger(versionFor(a)));
      }),
    );
  });

  it('keeps the product when only the stock changes', () => {
    const before = documentOf(listed('TEA-1', 3), { sku: 'TEA-1', available: 1, version: 7 });
    const after = withLevel(before.document, { sku: 'TEA-1', available: 0, version: 8 });
    assert.equal(after.version, before.version + 1);
    assert.deepEqual(after.document, { ...before.document, available: 0, stockVersion: 8 });
  });

  it('suggests a name from each of its words on', () => {
    const { document } = documentOf(listed('COF-1', 1, { name: 'Caffè – Crème, 1 kg' }), undefined);
    assert.deepEqual(document.suggest, { input: ['Caffè Crème 1 kg', 'Crème 1 kg', '1 kg', 'kg'] });
  });

  it('has nothing to find once the product is withdrawn', () => {
    assert.deepEqual(documentOf(withdrawn('TEA-1', 2), undefined).document, {
      sku: 'TEA-1',
      version: 2,
      listed: false,
    });
  });
});
