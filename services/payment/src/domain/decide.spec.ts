import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  amount,
  approved,
  at,
  authorise,
  capture,
  event,
  finding,
  given,
  orderId,
  outcome,
  providerId,
  resume,
  t0,
  undo,
  unknown,
} from '../spec/given.ts';
import type { PaymentDecision } from './decide.ts';
import type { Operation, PaymentEvent } from './payment.ts';
import type { CallOutcome, ProviderPayment } from './provider.ts';

type Past = readonly PaymentEvent[];

const requested: Past = [event.requested];
const inDoubt: Past = [event.requested, unknown('authorise')];
const authorised: Past = [...requested, event.authorised];
const capturing: Past = [...authorised, event.captureRequested];
const captured: Past = [...capturing, event.captured];
const voiding: Past = [...authorised, event.voidRequested];
const refunding: Past = [...captured, event.refundRequested];

function then(
  decision: PaymentDecision,
  events: Past,
  { reply, call }: { readonly reply?: string; readonly call?: Operation } = {},
): void {
  assert.deepEqual(decision.events, events);
  assert.equal(decision.reply?.type, reply);
  assert.equal(decision.call, call);
}
const seen = (status: ProviderPayment['status']) =>
  finding({ kind: 'found', payment: { providerId, status } });
const lost: CallOutcome = { kind: 'unknown', cause: 'timeout' };

describe('commands of the saga', () => {
  it('request a payment with its keys, then call', () => {
    const decision = given().when(authorise);
    then(decision, [event.requested], { call: 'authorise' });
    assert.deepEqual(decision.timer, { dueAt: at(10), attempt: 0 });
  });

  it('do not request twice', () => {
    then(given(...requested).when(authorise), []);
    then(given(...inDoubt).when(authorise), []);
    then(given(...authorised).when(authorise), [], { reply: 'payment-authorised' });
    then(given(...requested, event.declined).when(authorise), [], { reply: 'payment-declined' });
  });

  it('leave a tombstone that refuses a late request', () => {
    then(given().when(undo), [event.voided], { reply: 'payment-voided' });
    then(given(event.voided).when(authorise), [], { reply: 'payment-voided' });
    then(given(event.voided).when(undo), [], { reply: 'payment-voided' });
  });

  it('capture what is authorised, once', () => {
    then(given(...authorised).when(capture), [event.captureRequested], { call: 'capture' });
    then(given(...capturing).when(capture), []);
    then(given(...captured).when(capture), [], { reply: 'payment-captured' });
    then(given(...capturing, event.captureFailed).when(capture), [], { reply: 'payment-capture-failed' });
  });

  for (const past of [[], requested, inDoubt, voiding, refunding, [...requested, event.declined]] as Past[]) {
    it(`do not capture after ${past.at(-1)?.type ?? 'nothing'}`, () => {
      then(given(...past).when(capture), [], { reply: 'payment-capture-failed' });
    });
  }

  it('undo by voiding, refunding, or nothing, as the state asks for', () => {
    then(given(...authorised).when(undo), [event.voidRequested], { call: 'void' });
    then(given(...captured).when(undo), [event.refundRequested], { call: 'refund' });
    then(given(...capturing, event.captureFailed).when(undo), [event.voidRequested], { call: 'void' });
    then(given(...requested, event.deferred).when(undo), [event.voided], { reply: 'payment-voided' });
    then(given(...requested, event.declined).when(undo), [], { reply: 'payment-voided' });
    then(given(...voiding).when(undo), []);
    then(given(...voiding, event.voided).when(undo), [], { reply: 'payment-voided' });
    then(given(...refunding, event.refunded).when(undo), [], { reply: 'payment-refunded' });
  });

  for (const past of [requested, inDoubt, capturing]) {
    it(`undo only later, while ${past.at(-1)?.type} is open`, () => {
      then(given(...past).when(undo), [event.undoRequested]);
      then(given(...past, event.undoRequested).when(undo), []);
    });
  }
});

describe('outcomes of calls', () => {
  it('authorise or decline', () => {
    for (const past of [requested, inDoubt]) {
      const won = given(...past).when(outcome('authorise', approved));
      then(won, [event.authorised], { reply: 'payment-authorised' });
      assert.equal(won.timer, undefined);
      const refused = given(...past).when(
        outcome('authorise', { kind: 'declined', reason: 'generic_decline' }),
      );
      then(refused, [event.declined], { reply: 'payment-declined' });
    }
  });

  it('stay open when unknown, and are recorded once', () => {
    const first = given(...requested).when(outcome('authorise', lost));
    then(first, [unknown('authorise')]);
    assert.deepEqual(first.timer, { dueAt: at(0.5), attempt: 1 });
    then(given(...inDoubt).when(outcome('authorise', lost)), []);
    then(given(...capturing).when(outcome('capture', lost)), [unknown('capture')]);
    then(given(...capturing, unknown('capture')).when(outcome('capture', lost)), []);
  });

  it('defer a request that certainly did not arrive', () => {
    const failed = outcome('authorise', { kind: 'failed', cause: 'ECONNREFUSED' });
    then(given(...requested).when(failed), [event.deferred]);
    then(given(...requested, event.undoRequested).when(failed), [event.voided], { reply: 'payment-voided' });
    then(given(...inDoubt, event.repeated).when(failed), [
      { type: 'payment-outcome-unknown', data: { operation: 'authorise', cause: 'ECONNREFUSED' } },
    ]);
  });

  it('are undone at once where the order was given up', () => {
    const undone = [...requested, event.undoRequested];
    then(given(...undone).when(outcome('authorise', approved)), [event.authorised, event.voidRequested], {
      call: 'void',
    });
    const declined = given(...undone).when(
      outcome('authorise', { kind: 'declined', reason: 'generic_decline' }),
    );
    then(declined, [event.declined], { reply: 'payment-voided' });
    const paid = given(...capturing, event.undoRequested).when(outcome('capture', approved));
    then(paid, [event.captured, event.refundRequested], { call: 'refund' });
    const unpaid = given(...capturing, event.undoRequested).when(
      outcome('capture', { kind: 'declined', reason: 'generic_decline' }),
    );
    then(unpaid, [event.captureFailed, event.voidRequested], { call: 'void' });
  });

  it('end captures, voids and refunds', () => {
    then(given(...capturing).when(outcome('capture', approved)), [event.captured], {
      reply: 'payment-captured',
    });
    then(given(...voiding).when(outcome('void', approved)), [event.voided], { reply: 'payment-voided' });
    const refunded = given(...refunding).when(outcome('refund', approved));
    then(refunded, [event.refunded], { reply: 'payment-refunded' });
    assert.deepEqual(refunded.reply?.data, { orderId, amount });
  });

  it('never give up a void or a refund', () => {
    for (const [past, operation] of [
      [voiding, 'void'],
      [refunding, 'refund'],
    ] as const) {
      for (const result of [
        { kind: 'declined', reason: 'no' },
        lost,
        { kind: 'failed', cause: 'down' },
      ] as const) {
        assert.notEqual(given(...past).when(outcome(operation, result)).timer, undefined);
      }
    }
  });

  it('change nothing when they come late', () => {
    for (const past of [authorised, captured, voiding, refunding, [...requested, event.declined]]) {
      then(given(...past).when(outcome('authorise', approved)), []);
    }
    then(given(...voiding).when(outcome('capture', approved)), []);
    then(given(...voiding, event.voided).when(outcome('authorise', approved)), []);
  });

  it('void an authorisation that arrives after the payment was given up', () => {
    const past = [...inDoubt, event.undoRequested, event.voided];
    const late = given(...past).when(outcome('authorise', approved));
    then(late, [event.lateFound], { reply: 'payment-voided', call: 'void' });
    then(given(...past, event.lateFound).when(outcome('void', approved)), [event.lateVoided], {
      reply: 'payment-voided',
    });
    then(given(...past, event.lateFound, event.lateVoided).when(seen('authorised')), []);
  });
});

describe('findings', () => {
  it('converge on what the provider knows', () => {
    for (const past of [requested, inDoubt]) {
      then(given(...past).when(seen('authorised')), [event.authorised], { reply: 'payment-authorised' });
      then(
        given(...past).when(seen('voided')),
        [{ type: 'payment-declined', data: { reason: 'voided-by-provider' } }],
        { reply: 'payment-declined' },
      );
    }
    then(given(...capturing).when(seen('captured')), [event.captured], { reply: 'payment-captured' });
    then(given(...voiding).when(seen('voided')), [event.voided], { reply: 'payment-voided' });
    then(given(...refunding).when(seen('refunded')), [event.refunded], { reply: 'payment-refunded' });
  });

  it('make the call again where it certainly had no effect', () => {
    then(given(...capturing).when(seen('authorised')), [], { call: 'capture' });
    then(given(...voiding).when(seen('authorised')), [], { call: 'void' });
    then(given(...refunding).when(seen('captured')), [], { call: 'refund' });
  });

  it('turn a void of a captured payment into a refund', () => {
    then(given(...voiding).when(seen('captured')), [event.refundRequested], { call: 'refund' });
  });

  it('repeat a request that nobody knows, with the same key', () => {
    for (const past of [requested, inDoubt]) {
      then(given(...past).when(finding({ kind: 'not-found' })), [event.repeated], { call: 'authorise' });
    }
  });

  it('give up a request that nobody knows only when it can no longer arrive', () => {
    const past = given(...inDoubt, event.undoRequested);
    then(past.when(finding({ kind: 'not-found' }, at(14))), []);
    then(past.when(finding({ kind: 'not-found' }, at(15))), [event.voided], { reply: 'payment-voided' });
  });

  it('say nothing where the query itself failed', () => {
    for (const past of [requested, inDoubt, capturing, voiding, refunding]) {
      const decision = given(...past).when(finding({ kind: 'failed', cause: 'down' }));
      then(decision, []);
      assert.notEqual(decision.timer, undefined);
    }
  });
});

describe('timers', () => {
  it('back off to the limit, spread, and respect the breaker', () => {
    const command = { ...finding({ kind: 'failed', cause: 'down' }), attempt: 3 };
    const { when } = given(...inDoubt);
    assert.deepEqual(when(command).timer, { dueAt: at(4), attempt: 4 });
    assert.deepEqual(when({ ...command, random: 0.5 }).timer, { dueAt: at(6), attempt: 4 });
    assert.deepEqual(when({ ...command, attempt: 50 }).timer, { dueAt: at(30), attempt: 51 });
    const refused = { ...command, random: 0.5, notBefore: at(50) };
    assert.deepEqual(when(refused).timer, { dueAt: at(50.5), attempt: 4 });
    assert.deepEqual(when({ ...refused, notBefore: at(5) }).timer, { dueAt: at(6), attempt: 4 });
    assert.deepEqual(when({ ...refused, notBefore: at(3600) }).timer, { dueAt: at(60), attempt: 4 });
  });

  it('end with the waiting', () => {
    for (const past of [authorised, captured, [...requested, event.declined]]) {
      assert.equal(given(...past).when(finding({ kind: 'failed', cause: 'nothing' })).timer, undefined);
    }
  });

  it('send a deferred request only after that is recorded', () => {
    then(given(...requested, event.deferred).when(resume), [event.repeated], { call: 'authorise' });
    then(given(...authorised).when(resume), []);
    assert.equal(given(...requested, event.deferred).payment.status, 'deferred');
    assert.deepEqual(given(...requested).payment, {
      status: 'requested',
      details: event.requested.data,
      since: t0,
      inDoubt: false,
      undo: false,
    });
  });
});
