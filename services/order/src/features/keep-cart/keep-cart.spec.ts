import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cart } from '@ecommercestack/contracts';
import type { Outcome } from '@ecommercestack/kit';
import { callContext, fakeClock, memoryStateStore } from '@ecommercestack/kit/testing';
import type { CartProduct, StoredCart } from '../../domain/cart.ts';
import { deleteCart, getCart, putCart } from './keep-cart.ts';
import { newVersion } from './new-version.ts';

const MINUTE_MS = 60_000;
const product = (sku: string): CartProduct => ({ sku, name: sku, price: { amount: 100, currency: 'EUR' } });

function openScene() {
  const clock = fakeClock();
  const sold = new Set(['TEA', 'CUP', 'POT']);
  const hooks = { whilePricing: () => Promise.resolve() };
  const ports = {
    carts: memoryStateStore<StoredCart>(clock),
    findProducts: async (skus: readonly string[]) => {
      await hooks.whilePricing();
      return { ok: true, value: skus.filter((sku) => sold.has(sku)).map(product) } as const;
    },
    newVersion,
    clock,
    ttlMs: MINUTE_MS,
  };
  const as = (id: string) => callContext({ actor: { id, roles: [] } });
  const itemsOf = (skus: readonly string[]) => skus.map((sku) => ({ sku, quantity: 1 }));
  return {
    clock,
    sold,
    hooks,
    get: async (owner = 'ada') => valueOf(await getCart(ports)({}, as(owner))),
    put: (ifVersion: string | undefined, skus: readonly string[], owner = 'ada') =>
      putCart(ports)({ ifVersion, items: itemsOf(skus) }, as(owner)),
    remove: (ifVersion: string | undefined, owner = 'ada') => deleteCart(ports)({ ifVersion }, as(owner)),
  };
}

function valueOf(outcome: Outcome<Cart>): Cart {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

function problemOf(outcome: Outcome<Cart>) {
  assert.ok(!outcome.ok);
  return { code: outcome.problem.code, ...outcome.problem.extra };
}

const skusOf = ({ lines }: Cart) => lines.map(({ sku }) => sku);

describe('a cart', () => {
  test('is created, replaced and deleted by who has seen it, and read as it was answered', async () => {
    const { get, put, remove } = openScene();
    assert.equal((await get()).version, 'none');
    const created = valueOf(await put('none', ['TEA']));
    assert.deepEqual(await get(), created);
    const replaced = valueOf(await put(created.version, ['CUP', 'TEA']));
    assert.deepEqual(skusOf(replaced), ['CUP', 'TEA']);
    assert.deepEqual(await get(), replaced);
    const emptied = valueOf(await put(replaced.version, []));
    assert.deepEqual(emptied.lines, []);
    const none = { version: 'none', lines: [], orderable: false };
    assert.deepEqual(valueOf(await remove(emptied.version)), none);
    assert.deepEqual(await get(), none);
    assert.deepEqual(valueOf(await remove('none')), none);
  });

  test('belongs to one owner', async () => {
    const { get, put } = openScene();
    valueOf(await put('none', ['TEA'], 'guest:1'));
    valueOf(await put('none', ['CUP']));
    assert.deepEqual(skusOf(await get('guest:1')), ['TEA']);
    assert.deepEqual(skusOf(await get()), ['CUP']);
    assert.deepEqual(skusOf(await get('guest:2')), []);
  });

  test('is not written blindly', async () => {
    const { put, remove } = openScene();
    assert.equal(problemOf(await put(undefined, ['TEA'])).code, 'precondition-required');
    assert.equal(problemOf(await remove(undefined)).code, 'precondition-required');
  });

  test('of another version than was seen stays as it is', async () => {
    const { get, put, remove } = openScene();
    const first = valueOf(await put('none', ['TEA']));
    const second = valueOf(await put(first.version, ['CUP']));
    const conflict = { code: 'version-conflict', currentVersion: second.version };
    for (const stale of [first.version, 'none']) {
      assert.deepEqual(problemOf(await put(stale, ['POT'])), conflict);
      assert.deepEqual(problemOf(await remove(stale)), conflict);
    }
    assert.deepEqual(await get(), second);
  });

  test('that changes while it is priced stays with the first writer', async () => {
    for (const present of [true, false]) {
      const { get, put, hooks } = openScene();
      const seen = present ? valueOf(await put('none', ['TEA'])).version : 'none';
      let quick: Promise<Outcome<Cart>> | undefined;
      hooks.whilePricing = async () => {
        hooks.whilePricing = () => Promise.resolve();
        quick = put(seen, ['POT']);
        await quick;
      };
      const late = await put(seen, ['CUP']);
      assert.ok(quick);
      const winner = valueOf(await quick);
      assert.deepEqual(problemOf(late), { code: 'version-conflict', currentVersion: winner.version });
      assert.deepEqual(await get(), winner);
    }
  });

  test('that was deleted and made anew is another one', async () => {
    const { get, put, remove } = openScene();
    const old = valueOf(await put('none', ['TEA']));
    valueOf(await remove(old.version));
    const fresh = valueOf(await put('none', ['TEA']));
    assert.equal(problemOf(await put(old.version, ['POT'])).code, 'version-conflict');
    assert.deepEqual(await get(), fresh);
  });

  test('takes what the catalog sells, and keeps what it has withdrawn', async () => {
    const { get, put, sold } = openScene();
    assert.deepEqual(problemOf(await put('none', ['TEA', 'X', 'Y'])), {
      code: 'unknown-product',
      skus: ['X', 'Y'],
    });
    assert.equal((await get()).version, 'none');
    const before = valueOf(await put('none', ['TEA', 'CUP']));
    sold.delete('TEA');
    const after = valueOf(await put(before.version, ['TEA', 'POT']));
    assert.deepEqual(
      after.lines.map(({ availability }) => availability),
      ['withdrawn', 'unknown'],
    );
    const without = valueOf(await put(after.version, ['POT']));
    assert.equal(problemOf(await put(without.version, ['TEA'])).code, 'unknown-product');
  });

  test('is forgotten some time after its last change', async () => {
    const { get, put, clock } = openScene();
    const first = valueOf(await put('none', ['TEA']));
    clock.advance(MINUTE_MS - 1);
    const second = valueOf(await put(first.version, ['CUP']));
    assert.equal(second.expiresAt, new Date(clock.now().getTime() + MINUTE_MS).toISOString());
    clock.advance(MINUTE_MS - 1);
    assert.deepEqual(await get(), second);
    clock.advance(1);
    assert.equal((await get()).version, 'none');
    assert.deepEqual(problemOf(await put(second.version, ['TEA'])), {
      code: 'version-conflict',
      currentVersion: 'none',
    });
  });
});

test('versions look like no card number, whatever their bits', () => {
  const versions = Array.from({ length: 1_000 }, newVersion);
  for (const version of versions) assert.match(version, /^[a-p]{16}$/);
  assert.equal(new Set(versions).size, versions.length);
});
