/** The steps that settle a payment. Each ends with a commit that leaves the payment at rest or with a timer. */
import { mayArriveLate } from '../../domain/late-arrival.ts';
import { isPending } from '../../domain/payment.ts';
import type { Operation } from '../../domain/payment.ts';
import type { PaymentDecision } from '../../domain/decide.ts';
import type { FindOutcome } from '../../domain/provider.ts';
import type { CallGate, PaymentLog, Submit } from './ports.ts';
import type { ProviderCalls } from './provider-calls.ts';

export interface StepOptions {
  readonly calls: ProviderCalls;
  readonly gate: Pick<CallGate, 'refusedUntil'>;
  readonly log: PaymentLog;
  readonly submit: Submit;
  readonly now: () => Date;
  readonly random: () => number;
}

type Start = Pick<PaymentDecision, 'payment' | 'call'>;

export interface Steps {
  /** Makes the call, and the one that its outcome asks for, until the payment rests or waits. */
  follow(orderId: string, start: Start, attempt: number, token?: string): Promise<void>;
  /** Finds out where a payment stands that is unsettled or was given up, then goes on from there. */
  look(orderId: string, attempt: number): Promise<void>;
  /** Sets the timer again. */
  wait(orderId: string, attempt: number, notBefore: Date, cause: string): Promise<void>;
}

export function createSteps({ calls, gate, log, submit, now, random }: StepOptions): Steps {
  const context = (orderId: string, attempt: number) => ({ orderId, attempt, now: now(), random: random() });

  async function tokenOf(orderId: string, given: string | undefined): Promise<string> {
    const token = given ?? (await log.tokenOf(orderId));
    if (token === undefined) throw new Error('the token of an undecided payment is missing');
    return token;
  }

  async function follow(orderId: string, start: Start, attempt: number, token?: string): Promise<void> {
    let { payment, call } = start;
    while (call !== undefined) {
      const operation: Operation = call;
      const made = await calls.call(operation, payment, () => tokenOf(orderId, token));
      const command = { kind: 'record-outcome', operation, ...made, ...context(orderId, attempt) } as const;
      ({ payment, call } = await submit(command));
    }
  }

  async function recordFinding(
    orderId: string,
    attempt: number,
    finding: FindOutcome,
    notBefore: Date | undefined,
  ) {
    return await submit({ kind: 'record-finding', finding, notBefore, ...context(orderId, attempt) });
  }

  async function wait(orderId: string, attempt: number, notBefore: Date, cause: string): Promise<void> {
    await recordFinding(orderId, attempt, { kind: 'failed', cause }, notBefore);
  }

  /** What is sent is recorded first, so it is recorded only when the breaker would let it through. */
  async function resumeDeferred(orderId: string, attempt: number): Promise<void> {
    const until = gate.refusedUntil();
    if (until !== undefined) return await wait(orderId, attempt, new Date(until), 'circuit-open');
    await follow(orderId, await submit({ kind: 'resume', ...context(orderId, attempt) }), attempt);
  }

  return {
    follow,
    wait,
    async look(orderId, attempt) {
      const payment = await log.load(orderId);
      if (payment.status === 'deferred') return await resumeDeferred(orderId, attempt);
      if (!isPending(payment) && !mayArriveLate(payment)) return;
      const { outcome, notBefore } = await calls.find(payment);
      await follow(orderId, await recordFinding(orderId, attempt, outcome, notBefore), attempt);
    },
  };
}
