import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reservedSkus } from '@ecommercestack/contracts';
import type { ProductFields } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { decide } from './decide.ts';
import type { EditCommand } from './decide.ts';
import { evolve, fold } from './evolve.ts';
import { absent, versionOf } from './product.ts';
import type { ProductEvent, ProductState, RecordedProductEvent } from './product.ts';

const product: ProductFields = {
  sku: 'TEA-1',
  name: 'Sencha',
  description: 'Green tea',
  category: 'tea',
  brand: 'Kettle & Leaf',
  price: { amount: 990, currency: 'EUR' },
  tags: ['green'],
  attributes: { origin: 'Japan', weight: '100 g' },
};
const created: ProductEvent = { type: 'product-created', data: { product } };
const renamed: ProductEvent = { type: 'product-updated', data: { changes: { name: 'Sencha Superior' } } };
const deleted: ProductEvent = { type: 'product-deleted', data: {} };

const recorded = (events: readonly ProductEvent[]): readonly RecordedProductEvent[] =>
  events.map((event, at) => ({ ...event, version: at + 1, occurredAt: new Date(Date.UTC(2026, 0, at + 1)) }));
const given = (...events: readonly ProductEvent[]): ProductState => fold(recorded(events));
const refusalOf = (command: EditCommand, state: ProductState) => {
  const decision = decide(command, state);
  return decision.ok ? 'accepted' : decision.problem.code;
};

describe('deciding an edit', () => {
  it('creates a product whose SKU was never used', () => {
    assert.deepEqual(decide({ type: 'create-product', product }, absent), { ok: true, value: created });
  });

  it('refuses to create one that exists or existed', () => {
    assert.equal(refusalOf({ type: 'create-product', product }, given(created)), 'product-exists');
    assert.equal(refusalOf({ type: 'create-product', product }, given(created, deleted)), 'product-exists');
  });

  it('refuses to create one that could not be read at its address, and lets it be changed where it is there', () => {
    assert.deepEqual([...reservedSkus].toSorted(), ['export', 'import', 'suggest']);
    for (const sku of reservedSkus) {
      const hidden = { ...product, sku };
      const earlier = given({ type: 'product-created', data: { product: hidden } });
      for (const type of ['create-product', 'put-product'] as const)
        assert.equal(refusalOf({ type, product: hidden }, absent), 'sku-reserved');
      assert.equal(refusalOf({ type: 'put-product', product: hidden }, earlier), 'accepted');
    }
    const other = { ...product, sku: 'Suggest' };
    assert.equal(refusalOf({ type: 'create-product', product: other }, absent), 'accepted');
  });

  it('records only what an update changes', () => {
    const patch = {
      name: 'Sencha Superior',
      tags: ['green'],
      attributes: { weight: '100 g', origin: 'Japan' },
    };
    assert.deepEqual(decide({ type: 'update-product', patch }, given(created)), {
      ok: true,
      value: renamed,
    });
  });

  it('records nothing for an update without a change', () => {
    const { sku: _sku, ...patch } = product;
    assert.deepEqual(decide({ type: 'update-product', patch }, given(created)), {
      ok: true,
      value: undefined,
    });
  });

  it('puts a product there, changes what differs, and leaves alone what does not', () => {
    const put = (changed: Partial<ProductFields> = {}): EditCommand => ({
      type: 'put-product',
      product: { ...product, ...changed },
    });
    assert.deepEqual(decide(put(), absent), { ok: true, value: created });
    assert.deepEqual(decide(put({ name: 'Sencha Superior' }), given(created)), { ok: true, value: renamed });
    assert.deepEqual(decide(put(), given(created)), { ok: true, value: undefined });
    assert.equal(refusalOf(put(), given(created, deleted)), 'product-exists');
  });

  it('deletes a listed product', () => {
    assert.deepEqual(decide({ type: 'delete-product' }, given(created)), { ok: true, value: deleted });
  });

  it('finds nothing to edit before the creation and after the deletion', () => {
    for (const state of [absent, given(created, deleted)]) {
      assert.equal(refusalOf({ type: 'update-product', patch: { name: 'x' } }, state), 'not-found');
      assert.equal(refusalOf({ type: 'delete-product', expectedVersion: 9 }, state), 'not-found');
    }
  });

  it('refuses any version but the expected one, and says which is current', () => {
    const command: EditCommand = { type: 'update-product', patch: { name: 'x' }, expectedVersion: 1 };
    assert.deepEqual(decide(command, given(created, renamed)), {
      ok: false,
      problem: {
        code: 'version-conflict',
        detail: 'The product has changed since it was read.',
        extra: { currentVersion: 2 },
      },
    });
    assert.equal(refusalOf({ ...command, expectedVersion: 2 }, given(created, renamed)), 'accepted');
    assert.equal(
      refusalOf({ type: 'delete-product', expectedVersion: 1 }, given(created, renamed)),
      'version-conflict',
    );
  });
});

describe('the fold of product events', () => {
  it('dates the product by its first and its last event', () => {
    assert.deepEqual(given(created, renamed), {
      status: 'listed',
      product: {
        ...product,
        name: 'Sencha Superior',
        version: 2,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-02T00:00:00.000Z',
      },
    });
    assert.deepEqual(given(created, deleted), { status: 'withdrawn', sku: 'TEA-1', version: 2 });
  });

  it('is a bug of the store where an event is missing or out of place', () => {
    const [first, second] = recorded([created, renamed]);
    assert.ok(first !== undefined && second !== undefined);
    assert.throws(() => evolve(absent, second), /cannot follow/);
    assert.throws(() => fold(recorded([renamed])), /needs a listed product/);
    assert.throws(() => fold(recorded([created, created])), /created once/);
    assert.throws(() => fold(recorded([created, deleted, renamed])), /needs a listed product/);
  });

  it('reaches, event by event, what each accepted edit asked for', () => {
    const anyPatch = fc
      .record(
        {
          name: fc.string({ minLength: 1 }),
          category: fc.constantFrom('tea', 'coffee'),
          price: fc.record(
            { amount: fc.nat(9_999), currency: fc.constant('EUR') },
            { noNullPrototype: true },
          ),
          tags: fc.array(fc.string(), { maxLength: 3 }),
          attributes: fc.dictionary(fc.string({ minLength: 1 }), fc.string(), {
            maxKeys: 3,
            noNullPrototype: true,
          }),
        },
        { requiredKeys: [] },
      )
      .map((patch): EditCommand => ({ type: 'update-product', patch }));
    const anyCommand: fc.Arbitrary<EditCommand> = fc.oneof(
      { weight: 5, arbitrary: anyPatch },
      { weight: 1, arbitrary: fc.constant({ type: 'delete-product' } as const) },
      { weight: 1, arbitrary: fc.constant({ type: 'create-product', product } as const) },
    );
    fc.assert(
      fc.property(fc.array(anyCommand), (commands) => {
        let state: ProductState = absent;
        const history: RecordedProductEvent[] = [];
        for (const command of [{ type: 'create-product', product } as const, ...commands]) {
          const decision = decide(command, state);
          if (!decision.ok) continue;
          if (decision.value !== undefined) {
            const version = versionOf(state) + 1;
            history.push({ ...decision.value, version, occurredAt: new Date(history.length) });
          }
          state = fold(history);
          if (command.type !== 'update-product') continue;
          assert.ok(state.status === 'listed');
          assert.deepEqual({ ...state.product, ...command.patch }, state.product);
        }
      }),
    );
  });
});
