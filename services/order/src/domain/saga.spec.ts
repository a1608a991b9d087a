/** Whatever the network, the customer and the timers do, an order ends, and nothing is left behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Provider } from '../spec/models.ts';
import { createWorld, type Action, type World } from '../spec/world.ts';
import { stateAfter } from '../spec/scenario.ts';
import { fold } from './evolve.ts';
import { statusAfter } from './events.ts';

const providers: readonly Provider[] = ['approves', 'approves', 'declines', 'stuck', 'fails-capture'];

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 12, arbitrary: packet('deliver') },
  { weight: 3, arbitrary: packet('repeat') },
  { weight: 1, arbitrary: packet('lose') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Action[]>(
      { kind: 'cancel' },
      { kind: 'refund' },
      { kind: 'tick' },
      { kind: 'tick' },
      { kind: 'expire' },
      { kind: 'settle' },
    ),
  },
);

function packet(kind: 'deliver' | 'repeat' | 'lose'): fc.Arbitrary<Action> {
  return fc.nat(20).map((which) => ({ kind, which }));
}

/** I3, I4, I10: terminal; sold and charged once if confirmed, neither if not. */
function assertClean(world: World): void {
  const state = world.state();
  if (state.status === 'CONFIRMED') {
    assert.equal(world.hold(), 'committed');
    assert.equal(world.charge(), 'captured');
  } else {
    assert.ok(state.status === 'REJECTED' || state.status === 'CANCELLED', state.status);
    assert.ok(world.hold() !== 'held' && world.hold() !== 'committed', `stock is ${world.hold()}`);
    const free = [undefined, 'declined', 'voided', 'refunded'];
    assert.ok(free.includes(world.charge()), `payment is ${world.charge()}`);
  }
  assert.equal(world.hasTimer(), false);
}

test('every interleaving of replies, repeats, losses, cancels and timers ends clean', () => {
  const endings = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.boolean().chain((rare) => (rare ? fc.boolean() : fc.constant(true))),
      fc.constantFrom(...providers),
      fc.array(action, { maxLength: 60, size: 'max' }),
      fc.array(action, { maxLength: 20, size: 'max' }),
      (inStock, provider, before, after) => {
        const world = createWorld(inStock, provider);
        for (const actions of [before, after]) {
          for (const step of actions) world.act(step);
          assert.ok(world.settle(), `stuck in ${world.state().status}`);
          assertClean(world);
        }
        const state = world.state();
        const ending = 'reason' in state ? state.reason : state.status;
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
      },
    ),
    { numRuns: 10_000 },
  );
  // The property means something only if the runs reach every ending.
  assert.deepEqual([...endings.keys()].sort(), [
    'CONFIRMED',
    'customer-request',
    'expired',
    'out-of-stock',
    'payment-declined',
    'payment-unavailable',
    'refunded',
  ]);
});

test('the state is the fold of the log, in whatever pieces it is read', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...providers),
      fc.array(action, { maxLength: 40 }),
      fc.nat(10),
      (provider, actions, cut) => {
        const world = createWorld(true, provider);
        for (const step of actions) world.act(step);
        const { log } = world;
        assert.deepEqual(fold(log), world.state());
        assert.deepEqual(fold(log.slice(cut), fold(log.slice(0, cut))), world.state());
        const last = log.at(-1);
        assert.ok(last);
        assert.equal(statusAfter[last.type], world.state().status);
      },
    ),
    { numRuns: 500 },
  );
});

test('every announcement is made once, and the last one tells how the order ended', () => {
  fc.assert(
    fc.property(fc.constantFrom(...providers), fc.array(action, { maxLength: 60 }), (provider, actions) => {
      const world = createWorld(true, provider);
      for (const step of actions) world.act(step);
      world.settle();
      assert.equal(new Set(world.announced).size, world.announced.length);
      const state = world.state();
      const expected =
        state.status === 'CANCELLED' && state.reason === 'refunded' ? 'refunded' : state.status.toLowerCase();
      assert.equal(world.announced.at(-1), `order-${expected}`);
    }),
    { numRuns: 1_000 },
  );
});

test('a log that the domain cannot have written is refused', () => {
  assert.throws(() => stateAfter([{ type: 'stock-released', schemaVersion: 1, data: {} }]), /starts with/);
});
