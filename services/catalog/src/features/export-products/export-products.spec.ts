import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callContext } from '@ecommercestack/kit/testing';
import { listed, productFields, withdrawn } from '../../adapters/contract/samples.ts';
import type { KnownProduct } from '../../domain/product.ts';
import { createExportProducts } from './export-products.ts';

const staff = callContext({ actor: { id: 'sue', roles: ['support'] } });

function exporting(...states: readonly KnownProduct[]) {
  const skus = (state: KnownProduct) => (state.status === 'listed' ? state.product.sku : state.sku);
  return createExportProducts({
    scan: async (after, limit) =>
      states.filter((state) => after === undefined || skus(state) > after).slice(0, limit),
  });
}

describe('exporting products', () => {
  it('gives every listed product once, as an import would take it', async () => {
    const exportProducts = exporting(listed('A', 3), withdrawn('B', 2), withdrawn('C', 2), listed('D'));
    const exported = [];
    let after: string | undefined;
    do {
      const page = await exportProducts({ after, limit: 1 }, staff);
      assert.ok(page.ok);
      exported.push(...page.value.items);
      after = page.value.next;
    } while (after !== undefined);
    assert.deepEqual(exported, [productFields('A'), productFields('D')]);
  });

  it('is for staff', async () => {
    const outcome = await exporting()({ limit: 1 }, callContext({ actor: { id: 'x', roles: ['customer'] } }));
    assert.equal(!outcome.ok && outcome.problem.code, 'forbidden');
  });
});
