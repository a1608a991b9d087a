/**
 * Any interleaving of commands, calls, lost requests and answers, crashes, queries and stale webhooks: the provider's
 * books and the payment agree in the end, and nothing is charged twice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFakeProvider } from '../spec/fake-provider.ts';
import { amount, orderId, policy, t0 } from '../spec/given.ts';
import type { PaymentCommand } from './commands.ts';
import { decide } from './decide.ts';
import { detailsOf, evolve, providerIdOf } from './evolve.ts';
import { mayArriveLate } from './late-arrival.ts';
import { isPending, noPayment } from './payment.ts';
import type { Operation, Payment, Status } from './payment.ts';
import type { CallOutcome, FindOutcome } from './provider.ts';

type Action =
  | { readonly kind: 'command'; readonly command: 'authorise-payment' | 'capture-payment' | 'undo-payment' }
  /** The oldest request under way reaches the provider. */
  | { readonly kind: 'arrive' }
  /** An answer under way is recorded, or lost with the process. */
  | { readonly kind: 'answer'; readonly index: number; readonly fate: 'recorded' | 'timeout' | 'crash' }
  /** The timer fires: a query, or a deferred request goes out. */
  | { readonly kind: 'timer' }
  /** A webhook of an earlier moment. */
  | { readonly kind: 'webhook'; readonly index: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait' }
  /** As long as a request may be under way, and longer: nothing arrives meanwhile. */
  | { readonly kind: 'stall' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('command' as const),
    command: fc.constantFrom(
      'authorise-payment' as const,
      'capture-payment' as const,
      'undo-payment' as const,
    ),
  }),
  fc.record({ kind: fc.constant('arrive' as const) }),
  fc.record({
    kind: fc.constant('answer' as const),
    index: fc.nat(3),
    fate: fc.constantFrom('recorded' as const, 'timeout' as const, 'crash' as const),
  }),
  fc.record({ kind: fc.constant('timer' as const) }),
  fc.record({ kind: fc.constant('webhook' as const), index: fc.nat(5) }),
  fc.record({ kind: fc.constant('refused' as const) }),
  fc.record({ kind: fc.constant('wait' as const) }),
  fc.record({ kind: fc.constant('stall' as const) }),
);

const tokens = [
  'tok_ok',
  'tok_ok',
  'tok_decline',
  'tok_timeout_after_charge',
  'tok_error_once',
  'tok_capture_decline',
  'tok_capture_timeout',
];
const terminal: ReadonlySet<Status> = new Set<Status>(['declined', 'refunded', 'voided', 'voided-cleaning']);

interface Sent {
  readonly operation: Operation;
  readonly payment: Payment;
}

function createWorld(token: string) {
  const provider = createFakeProvider();
  let payment: Payment = noPayment;
  let clock = t0.getTime();
  let dueAt: Date | undefined;
  const underWay: Sent[] = [];
  const answers: { readonly operation: Operation; readonly outcome: CallOutcome }[] = [];
  const webhooks: Extract<FindOutcome, { kind: 'found' }>[] = [];

  function apply(command: PaymentCommand): void {
    const before = payment;
    const decision = decide(command, payment, policy);
    payment = decision.events.reduce((state, event) => evolve(state, event, new Date(clock)), payment);
    assert.deepEqual(payment, decision.payment);
    if (decision.timer !== undefined) dueAt = decision.timer.dueAt;
    else if (isPending(before) || command.kind === 'record-finding') dueAt = undefined;
    if (terminal.has(before.status))
      assert.ok(terminal.has(payment.status), `${before.status} → ${payment.status}`);
    assert.ok(dueAt !== undefined || !isPending(payment), 'a waiting payment has a timer');
    if (decision.call !== undefined) underWay.push({ operation: decision.call, payment });
  }
  const attempt = () => ({ orderId, now: new Date(clock), attempt: 0, random: 0 });

  async function call({ operation, payment: asked }: Sent): Promise<CallOutcome> {
    const details = detailsOf(asked);
    assert.ok(details);
    if (operation === 'authorise') {
      return await provider.authorise({ orderId, amount, token, key: details.authorisationKey });
    }
    const id = providerIdOf(asked);
    assert.ok(id);
    const key = { capture: details.captureKey, void: details.voidKey, refund: details.refundKey }[operation];
    return await provider[operation]({ providerId: id, amount, key });
  }

  async function arrive(): Promise<void> {
    const sent = underWay.shift();
    if (sent === undefined) return;
    answers.push({ operation: sent.operation, outcome: await call(sent) });
    const found = await provider.find({ authorisationKey: `${orderId}:authorise`, amount });
    if (found.kind === 'found') webhooks.push(found);
  }

  function answer(index: number, fate: 'recorded' | 'timeout' | 'crash'): void {
    const [ended] = answers.splice(index % Math.max(1, answers.length), 1);
    if (ended === undefined || fate === 'crash') return;
    const outcome: CallOutcome = fate === 'timeout' ? { kind: 'unknown', cause: 'timeout' } : ended.outcome;
    apply({ kind: 'record-outcome', operation: ended.operation, outcome, ...attempt() });
  }

  async function timer(): Promise<void> {
    if (dueAt === undefined) return;
    if (payment.status === 'deferred') return apply({ kind: 'resume', ...attempt() });
    if (!isPending(payment) && !mayArriveLate(payment)) return void (dueAt = undefined);
    const finding = await provider.find({ authorisationKey: `${orderId}:authorise`, amount });
    apply({ kind: 'record-finding', finding, ...attempt() });
  }

  async function run(step: Action): Promise<void> {
    switch (step.kind) {
      case 'command':
        return apply({ kind: step.command, orderId, customerId: 'ada', amount, now: new Date(clock) });
      case 'arrive':
        return await arrive();
      case 'answer':
        return answer(step.index, step.fate);
      case 'timer':
        return await timer();
      case 'webhook': {
        const finding = webhooks[step.index % Math.max(1, webhooks.length)];
        return finding && apply({ kind: 'record-finding', finding, ...attempt() });
      }
      case 'refused': {
        const sent = underWay.pop();
        const outcome: CallOutcome = { kind: 'failed', cause: 'circuit-open' };
        return sent && apply({ kind: 'record-outcome', operation: sent.operation, outcome, ...attempt() });
      }
      case 'wait':
        // Longer than the arrival limit: what was under way has arrived before.
        while (underWay.length > 0) await arrive();
        clock += policy.arrivalLimitMs;
        return;
      case 'stall':
        clock += policy.arrivalLimitMs;
    }
  }

  async function settle(): Promise<void> {
    for (let i = 0; i < 50 && (dueAt !== undefined || underWay.length > 0); i += 1) {
      await run({ kind: 'wait' });
      // Whether a payment was authorised is also told by the query, and must be enough.
      while (answers.length > 0) answer(0, answers[0]?.operation === 'authorise' ? 'crash' : 'recorded');
      clock = Math.max(clock, dueAt?.getTime() ?? 0);
      await timer();
    }
    assert.equal(dueAt, undefined, 'nothing is looked for for ever');
  }

  return { run, settle, ledger: provider.ledger, payment: () => payment };
}

describe('a payment under any interleaving', () => {
  it('is charged once or not at all, and its books agree in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tokens),
        fc.array(action, { maxLength: 40, size: 'max' }),
        async (token, actions) => {
          const world = createWorld(token);
          for (const each of actions) await world.run(each);
          await world.settle();
          const count = (type: string) => world.ledger.filter((entry) => entry.type === type).length;
          const { status } = world.payment();
          assert.ok(count('authorised') <= 1 && count('captured') <= 1 && count('refunded') <= 1, 'once');
          assert.equal(
            count('captured') - count('refunded'),
            status === 'captured' ? 1 : 0,
            `net charge when ${status}`,
          );
          const held = count('authorised') - count('captured') - count('voided');
          assert.equal(
            held,
            status === 'authorised' || status === 'capture-failed' ? 1 : 0,
            `held when ${status}`,
          );
          assert.ok(!isPending(world.payment()), `settled, not ${status}`);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
