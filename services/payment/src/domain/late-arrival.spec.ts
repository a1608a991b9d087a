import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { approved, at, event, finding, given, outcome, providerId, undo, unknown } from '../spec/given.ts';
import type { PaymentEvent } from './payment.ts';

const DAY_SECONDS = 24 * 3_600;
const inDoubt: readonly PaymentEvent[] = [event.requested, unknown('authorise'), event.undoRequested];
const givenUp = [...inDoubt, event.voided];
const notFound = { kind: 'not-found' } as const;
const failed = { kind: 'failed', cause: 'down' } as const;

describe('a request that was given up', () => {
  it('is looked for once it can have arrived', () => {
    const decision = given(...inDoubt).when(finding(notFound, at(15)));
    assert.deepEqual(decision.events, [event.voided]);
    assert.deepEqual(decision.timer, { dueAt: at(30), attempt: 0 });
  });

  it('is looked for ever less often, a last time at the limit', () => {
    const next = (seconds: number) => given(...givenUp).when(finding(notFound, at(seconds))).timer?.dueAt;
    assert.deepEqual([1, 15, 30, 600].map(next), [at(15), at(30), at(60), at(1_200)]);
    assert.deepEqual(next(DAY_SECONDS - 1), at(DAY_SECONDS));
    assert.equal(next(DAY_SECONDS), undefined);
  });

  it('is looked for again where the provider did not tell, whenever that was', () => {
    for (const seconds of [15, 2 * DAY_SECONDS]) {
      const decision = given(...givenUp).when(finding(failed, at(seconds)));
      assert.deepEqual(decision.events, []);
      assert.deepEqual(decision.timer, { dueAt: at(seconds + 0.5), attempt: 1 });
    }
  });

  it('is voided when it is found', () => {
    const found = { kind: 'found', payment: { providerId, status: 'authorised' } } as const;
    const decision = given(...givenUp).when(finding(found, at(60)));
    assert.deepEqual([decision.events, decision.call], [[event.lateFound], 'void']);
    const cleaned = given(...givenUp, event.lateFound).when(outcome('void', approved));
    assert.deepEqual([cleaned.events, cleaned.timer], [[event.lateVoided], undefined]);
  });

  it('is forgotten when it came to nothing by itself', () => {
    const declined = { kind: 'found', payment: { providerId, status: 'declined' } } as const;
    const decision = given(...givenUp).when(finding(declined, at(60)));
    assert.deepEqual([decision.events, decision.timer], [[], undefined]);
  });

  it('keeps what is planned when the order asks again', () => {
    const decision = given(...givenUp).when(undo);
    assert.deepEqual([decision.reply?.type, decision.timer], ['payment-voided', undefined]);
  });
});

describe('nothing is looked for', () => {
  const never: Readonly<Record<string, readonly PaymentEvent[]>> = {
    'that was never asked for': [event.voided],
    'that was never sent': [event.requested, event.deferred, event.voided],
    'that was authorised and voided': [event.requested, event.authorised, event.voidRequested, event.voided],
  };
  for (const [title, past] of Object.entries(never)) {
    it(title, () => {
      assert.equal(given(...past).when(undo).timer, undefined);
      assert.equal(given(...past).when(finding(notFound, at(60))).timer, undefined);
    });
  }
});
