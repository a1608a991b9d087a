import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OrderEvent as Announcement } from '@ecommercestack/contracts';
import { viewOf } from './view.ts';
import type { Ending, Undo } from './order.ts';
import { react, stockLines } from './process-manager.ts';
import { steps, transitions, undoCommands, type Reply } from './transitions.ts';
import {
  authorised,
  committed,
  compensating,
  confirmed,
  event,
  histories,
  later,
  orderId,
  placed,
  policy,
  replies,
  replyOf,
  reserved,
  scenario,
  start,
  stateAfter,
  terms,
} from '../spec/scenario.ts';

const fact = (version: number) => ({ orderId, customerId: 'ada', total: terms.total, version });
const history = (name: string) => {
  const found = histories[name];
  assert.ok(found, name);
  return found;
};
const undoing = (ending: Ending, ...pending: Undo[]) => event('compensation-started', { ending, pending });
const rejected = (reason: Extract<Ending, { status: 'REJECTED' }>['reason']): Ending => ({
  status: 'REJECTED',
  reason,
});
const firstTry = { kind: 'set', dueAt: later(30_000), attempt: 1 } as const;
const both = ['undo-payment', 'release-reservation'];

describe('the way to CONFIRMED', () => {
  test('placing asks for stock, announces the order and sets its one timer', () =>
    scenario(
      [],
      { kind: 'place', terms, at: start },
      {
        events: [placed],
        commands: ['reserve-stock'],
        announcements: [{ type: 'order-placed', data: fact(1) }],
        timer: firstTry,
      },
    ));
  test('stock-reserved asks for the payment, with a deadline', () =>
    scenario([placed], replyOf('stock-reserved'), { events: [reserved], commands: ['authorise-payment'] }));
  test('payment-authorised commits the reservation', () =>
    scenario([placed, reserved], replyOf('payment-authorised'), {
      events: [authorised],
      commands: ['commit-reservation'],
    }));
  test('reservation-committed captures the payment', () =>
    scenario([placed, reserved, authorised], replyOf('reservation-committed'), {
      events: [committed],
      commands: ['capture-payment'],
    }));
  test('payment-captured confirms the order', () =>
    scenario([placed, reserved, authorised, committed], replyOf('payment-captured'), {
      events: [confirmed],
      announcements: [{ type: 'order-confirmed', data: fact(5) }],
      timer: { kind: 'cancel' },
    }));
});

describe('a step that fails', () => {
  test('stock-refused rejects at once: nothing was done', () =>
    scenario([placed], replyOf('stock-refused'), {
      events: [event('order-rejected', { reason: 'out-of-stock', skus: ['TEA-2'] })],
      announcements: [{ type: 'order-rejected', data: { ...fact(2), reason: 'out-of-stock' } }],
      timer: { kind: 'cancel' },
    }));
  for (const [from, reply, reason, pending] of [
    ['PENDING', 'reservation-expired', 'expired', ['stock']],
    ['RESERVED', 'payment-declined', 'payment-declined', ['stock']],
    ['RESERVED', 'reservation-expired', 'expired', ['payment', 'stock']],
    ['RESERVED', 'payment-voided', 'payment-declined', ['payment', 'stock']],
    ['AUTHORISED', 'commit-refused', 'expired', ['payment', 'stock']],
    ['AUTHORISED', 'reservation-expired', 'expired', ['payment', 'stock']],
    ['AUTHORISED', 'payment-refunded', 'payment-declined', ['payment', 'stock']],
    ['CAPTURING', 'payment-capture-failed', 'payment-declined', ['payment', 'stock']],
    ['CAPTURING', 'payment-voided', 'payment-declined', ['payment', 'stock']],
  ] as const) {
    test(`${reply} in ${from} undoes ${pending.join(' and ')}, for ${reason}`, () =>
      scenario(history(from), replyOf(reply), {
        events: [undoing(rejected(reason), ...pending)],
        commands: pending.map((undo) => undoCommands[undo]),
        timer: firstTry,
      }));
  }
  test('the order ends only when the last undo is acknowledged', () => {
    const undone = event('payment-undone', { by: 'payment-voided' });
    const begun = [placed, reserved, compensating('payment', 'stock')];
    scenario(begun, replyOf('payment-voided'), { events: [undone] });
    scenario([...begun, undone], replyOf('reservation-released'), {
      events: [event('stock-released', {}), event('order-rejected', { reason: 'expired' })],
      announcements: [{ type: 'order-rejected', data: { ...fact(6), reason: 'expired' } }],
      timer: { kind: 'cancel' },
    });
  });
});

describe('cancelling', () => {
  const ending: Ending = { status: 'CANCELLED', reason: 'customer-request' };
  const command = { kind: 'cancel', orderId, at: start } as const;
  for (const [from, pending] of [
    ['PENDING', ['stock']],
    ['RESERVED', ['payment', 'stock']],
    ['AUTHORISED', ['payment', 'stock']],
  ] as const) {
    test(`in ${from} undoes ${pending.join(' and ')}`, () =>
      scenario(history(from), command, {
        events: [undoing(ending, ...pending)],
        commands: pending.map((undo) => undoCommands[undo]),
        timer: firstTry,
      }));
  }
  for (const from of ['CAPTURING', 'CONFIRMED', 'COMPENSATING both', 'REJECTED']) {
    test(`in ${from} is refused`, () =>
      scenario(history(from), command, { refused: 'order-not-cancellable' }));
  }
  test('again, on the way or at the end, changes nothing', () => {
    scenario([placed, undoing(ending, 'stock')], command, {});
    scenario(history('CANCELLED'), command, {});
  });
  test('an order that does not exist is not found', () => scenario([], command, { refused: 'not-found' }));
  test('ends as CANCELLED', () =>
    scenario([placed, undoing(ending, 'stock')], replyOf('reservation-released'), {
      events: [event('stock-released', {}), event('order-cancelled', { reason: 'customer-request' })],
      announcements: [{ type: 'order-cancelled', data: fact(4) }],
      timer: { kind: 'cancel' },
    }));
});

describe('refunding', () => {
  const ending: Ending = { status: 'CANCELLED', reason: 'refunded' };
  const command = { kind: 'refund', orderId, at: start } as const;
  const begun = [...history('CONFIRMED'), undoing(ending, 'payment', 'stock')];
  const refund = event('payment-undone', { by: 'payment-refunded' });

  test('a confirmed order undoes payment and stock', () =>
    scenario(history('CONFIRMED'), command, {
      events: [undoing(ending, 'payment', 'stock')],
      commands: both,
      timer: firstTry,
    }));
  test('ends as CANCELLED and is announced as refunded', () =>
    scenario([...begun, event('stock-released', {})], replyOf('payment-refunded'), {
      events: [refund, event('order-cancelled', { reason: 'refunded' })],
      announcements: [{ type: 'order-refunded', data: fact(9) }] satisfies readonly Announcement[],
      timer: { kind: 'cancel' },
    }));
  test('again changes nothing', () => scenario(begun, command, {}));
  for (const from of ['PENDING', 'RESERVED', 'AUTHORISED', 'CAPTURING', 'REJECTED', 'CANCELLED']) {
    test(`in ${from} is refused`, () =>
      scenario(history(from), command, { refused: 'order-not-refundable' }));
  }
});

describe('the timer', () => {
  const tick = (attempt: number, at = start) => ({ kind: 'tick', orderId, attempt, at }) as const;
  for (const [from, commands] of [
    ['PENDING', ['reserve-stock']],
    ['RESERVED', ['authorise-payment']],
    ['AUTHORISED', ['commit-reservation']],
    ['CAPTURING', ['capture-payment']],
    ['COMPENSATING both', both],
    ['COMPENSATING payment', ['undo-payment']],
    ['COMPENSATING stock', ['release-reservation']],
  ] as const) {
    test(`sends ${commands.join(' and ')} again in ${from}, and waits longer`, () =>
      scenario(history(from), tick(1), {
        commands,
        timer: { kind: 'set', dueAt: later(60_000), attempt: 2 },
      }));
  }
  test('undoes are sent for ever, at most ten minutes apart', () =>
    scenario(history('COMPENSATING stock'), tick(5_000), {
      commands: ['release-reservation'],
      timer: { kind: 'set', dueAt: later(600_000), attempt: 5_001 },
    }));
  test('in RESERVED it fires no later than the payment deadline', () =>
    scenario(history('RESERVED'), tick(4, later(200_000)), {
      commands: ['authorise-payment'],
      timer: { kind: 'set', dueAt: later(300_000), attempt: 5 },
    }));
  test('in PENDING it fires before any deadline that may still begin', () =>
    scenario(history('PENDING'), tick(9), {
      commands: ['reserve-stock'],
      timer: { kind: 'set', dueAt: later(policy.paymentDeadlineMs), attempt: 10 },
    }));
  test('at the deadline the payment counts as unavailable', () =>
    scenario(history('RESERVED'), tick(4, later(300_000)), {
      events: [undoing(rejected('payment-unavailable'), 'payment', 'stock')],
      commands: both,
      timer: { kind: 'set', dueAt: later(330_000), attempt: 1 },
    }));
  for (const from of ['NONE', 'CONFIRMED', 'REJECTED', 'CANCELLED']) {
    test(`is cancelled in ${from}`, () => scenario(history(from), tick(1), { timer: { kind: 'cancel' } }));
  }
});

test('a reply that the table does not name changes nothing, in every state', () => {
  let unchanged = 0;
  for (const [name, events] of Object.entries(histories)) {
    const state = stateAfter(events);
    for (const reply of replies) {
      if (isExpected(state.status, name, reply)) continue;
      scenario(events, { kind: 'reply', orderId, reply, at: start }, {});
      unchanged += 1;
    }
  }
  assert.equal(unchanged, 11 * 12 - actingPairs());
});

function isExpected(status: string, name: string, reply: Reply): boolean {
  if (status === 'NONE') return false;
  const transition = transitions[status as keyof typeof transitions][reply.type];
  if (transition?.kind !== 'acknowledge') return transition !== undefined;
  return name.endsWith('both') || name.endsWith(transition.undo);
}

/** Written out by hand, so that a pair added to the table by mistake is noticed. */
function actingPairs(): number {
  const forward = { PENDING: 3, RESERVED: 5, AUTHORISED: 5, CAPTURING: 4 };
  const acknowledgements = { both: 4, payment: 3, stock: 1 };
  return [...Object.values(forward), ...Object.values(acknowledgements)].reduce((sum, n) => sum + n, 0);
}

test('the undo of each step is registered before the step is sent', () => {
  const undoOf = {
    'reserve-stock': 'stock',
    'commit-reservation': 'stock',
    'authorise-payment': 'payment',
    'capture-payment': 'payment',
  } as const;
  for (const step of Object.values(steps)) {
    if (step.send !== undefined && step.send in undoOf) {
      assert.ok(step.undos.includes(undoOf[step.send as keyof typeof undoOf]), step.send);
    }
  }
});

test('placing one order twice is a bug, not a refusal', () => {
  assert.throws(
    () => react({ kind: 'place', terms, at: start }, stateAfter([placed]), policy),
    /placed twice/,
  );
});

test('stock is asked for by SKU in sorted order', () => {
  assert.deepEqual(stockLines(terms), [
    { sku: 'CUP-1', quantity: 1 },
    { sku: 'TEA-2', quantity: 2 },
  ]);
});

test('an order that is being undone says why', () => {
  const state = stateAfter([placed, compensating('stock')]);
  assert.ok(state.status !== 'NONE');
  const view = viewOf(state);
  assert.equal(view.reason, 'expired');
  assert.equal(view.cancellable, false);
});
