import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { at, command, linesOf, nothing, order, orderOf, reserve } from '../spec/any-command.ts';
import type { Command, World } from './command.ts';
import { decideBatch, levelChanged } from './decide-batch.ts';
import type { Stock } from './stock.ts';

/** Units of a SKU that the reservations of a world account for. */
function reservedUnits(world: World, sku: string, state: 'held' | 'committed'): number {
  return [...world.reservations.values()]
    .filter((reservation) => reservation.state === state)
    .flatMap(({ lines }) => lines)
    .filter((line) => line.sku === sku)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

function assertConserved(world: World): void {
  for (const stock of world.stocks.values()) {
    const { sku, available, held, committed } = stock;
    assert.ok(available >= 0 && held >= 0 && committed >= 0, sku);
    assert.equal(stock.restocked, available + held + committed);
    assert.equal(held, reservedUnits(world, sku, 'held'));
    assert.equal(committed, reservedUnits(world, sku, 'committed'));
    const restocks = [...world.restocks.values()].filter((restock) => restock.sku === sku);
    assert.equal(
      stock.restocked,
      restocks.reduce((sum, { quantity }) => sum + quantity, 0),
    );
  }
}

const withoutVersions = (world: World) => ({
  ...world,
  stocks: new Map([...world.stocks].map(([sku, stock]) => [sku, { ...stock, version: 0 }])),
});

void test('whatever is asked in whatever order, no unit is lost, made up or sold twice', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      assertConserved(decideBatch(commands, nothing).after);
    }),
  );
});

void test('how commands are batched changes versions only', () => {
  fc.assert(
    fc.property(fc.array(fc.array(command, { maxLength: 12 }), { maxLength: 8 }), (batches) => {
      let world = nothing;
      const answers = batches.flatMap((batch) => {
        const plan = decideBatch(batch, world);
        world = plan.after;
        return plan.answers;
      });
      const whole = decideBatch(batches.flat(), nothing);
      assert.deepEqual(answers, whole.answers);
      assert.deepEqual(withoutVersions(world), withoutVersions(whole.after));
    }),
  );
});

void test('what is written is all that has changed', () => {
  fc.assert(
    fc.property(fc.array(fc.array(command, { maxLength: 12 }), { maxLength: 8 }), (batches) => {
      let world = nothing;
      for (const batch of batches) {
        const plan = decideBatch(batch, world);
        const stocks = [...world.stocks, ...plan.stocks.map(({ after }) => [after.sku, after] as const)];
        const reservations = [
          ...world.reservations,
          ...plan.reservations.map(({ orderId, to }) => [orderId, to] as const),
        ];
        assert.deepEqual(new Map(stocks), plan.after.stocks);
        assert.deepEqual(new Map(reservations), plan.after.reservations);
        assert.equal(plan.restocks.length, plan.after.restocks.size - world.restocks.size);
        world = plan.after;
      }
    }),
  );
});

void test('units that are restocked, held and sold in one batch are written', () => {
  const before: Stock = { sku: 'A', available: 0, held: 1, committed: 0, restocked: 1, version: 2 };
  const line = { sku: 'A', quantity: 1 };
  const [ada, bob] = [orderOf(1), orderOf(2)];
  const held = { state: 'held', lines: [line], expiresAt: at(9) } as const;
  const world = {
    ...nothing,
    stocks: new Map([['A', before]]),
    reservations: new Map([[ada, held]]),
  };
  const plan = decideBatch(
    [
      { kind: 'restock', restock: { actor: 'eve', key: 'k', sku: 'A', quantity: 1, at: at(0) } },
      { kind: 'reserve', orderId: bob, lines: [line], at: at(0), expiresAt: at(9) },
      { kind: 'commit', orderId: ada, lines: [line], at: at(0) },
    ],
    world,
  );
  assert.deepEqual(plan.stocks, [{ before, after: { ...before, committed: 1, restocked: 2 } }]);
});

void test('a repeat is answered the same and changes nothing', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), command, (commands, repeated) => {
      const first = decideBatch([...commands, repeated], nothing);
      const second = decideBatch([repeated], first.after);
      assert.deepEqual(second.stocks, []);
      assert.deepEqual(second.reservations, []);
      assert.deepEqual(second.restocks, []);
      const again = second.answers[0];
      const before = first.answers.at(-1);
      if (repeated.kind === 'expire') return assert.deepEqual(again?.events, []);
      assert.deepEqual(again?.result, before?.result);
      // A hold that was found to be over was announced the first time only.
      const answer = before?.events.filter(({ type }) => type !== 'reservation-expired');
      assert.deepEqual(again?.events, answer);
    }),
  );
});

void test('an order gets all its lines or none', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), order, (commands, n) => {
      const before = decideBatch(commands, nothing).after;
      const plan = decideBatch([reserve(n, 50)], before);
      if (before.reservations.has(orderOf(n))) return;
      const moved = plan.stocks.map((change) => ({
        sku: change.before.sku,
        quantity: change.before.available - change.after.available,
      }));
      assert.deepEqual(moved, plan.answers[0]?.result.kind === 'reserved' ? linesOf(n) : []);
    }),
  );
});

void test('the first buyers get the units, the rest are refused', () => {
  const tea: Stock = { sku: 'A', available: 2, held: 0, committed: 0, restocked: 2, version: 1 };
  const buy = (n: number): Command => ({
    kind: 'reserve',
    orderId: orderOf(n),
    lines: [{ sku: 'A', quantity: 1 }],
    at: at(0),
    expiresAt: at(1),
  });
  const plan = decideBatch([1, 2, 3].map(buy), { ...nothing, stocks: new Map([['A', tea]]) });
  assert.deepEqual(
    plan.answers.map(({ result }) => result.kind),
    ['reserved', 'reserved', 'reserve-refused'],
  );
  assert.deepEqual(plan.stocks, [{ before: tea, after: { ...tea, available: 0, held: 2, version: 2 } }]);
});

void test('a level is announced where the available units change, not where held ones are sold', () => {
  const restock: Command = {
    kind: 'restock',
    restock: { actor: 'ada', key: 'k', sku: 'A', quantity: 9, at: at(0) },
  };
  const reserved = decideBatch([restock, reserve(0, 0)], nothing);
  assert.deepEqual(reserved.stocks.map(levelChanged), [true]);
  const sold = decideBatch(
    [{ kind: 'commit', orderId: orderOf(0), lines: linesOf(0), at: at(1) }],
    reserved.after,
  );
  assert.deepEqual(sold.stocks.map(levelChanged), [false]);
  assert.equal(sold.stocks[0]?.after.committed, 1);
});

void test('what ends as it began is not written', () => {
  const stocked = decideBatch(
    [{ kind: 'restock', restock: { actor: 'ada', key: 'k', sku: 'A', quantity: 9, at: at(0) } }],
    nothing,
  ).after;
  const back: Command = { kind: 'release', orderId: orderOf(0), lines: linesOf(0), at: at(1) };
  assert.deepEqual(decideBatch([reserve(0, 0), back], stocked).stocks, []);
});
