/** Adds to a service what its dead letters need: the methods, the worker of replays, the figures. */
import { deadLetterJobs } from '@ecommercestack/event-store';
import type { z } from 'zod';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import { defineMethods } from '../method-table.ts';
import type { CallContext, Clock, MethodTable, Outcome, ServiceApp } from '../ports.ts';
import { createSequence, whileRunning } from '../sequence.ts';
import type { ServiceStorage } from '../storage.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import type { MessageContract } from './explain.ts';
import { createReplayLetter } from './replay-letter.ts';
import { createReplayWorker } from './worker.ts';

type Answered<F> = F extends (...args: never[]) => Promise<infer O>
  ? O extends { readonly ok: true; readonly value: infer V }
    ? V
    : never
  : never;

/** A schema's optional field may be there as `undefined`. */
type Loose<T> = unknown extends T
  ? T
  : { readonly [K in keyof T]: Loose<T[K]> | (Partial<Pick<T, K>> extends Pick<T, K> ? undefined : never) };

/** The schemas of the methods; their types must be those of the desk. */
export type DeskContract = {
  readonly [K in keyof Desk]: {
    readonly input: z.ZodType<Parameters<Desk[K]>[0]>;
    readonly output: z.ZodType<Loose<Answered<Desk[K]>>>;
  };
};

export interface DeadLetterContracts {
  readonly methods: DeskContract;
  /** Every message that may have become a dead letter. */
  readonly messages: readonly MessageContract[];
  /** Roles that may look. */
  readonly readers: readonly string[];
  /** Roles that may also act. */
  readonly operators: readonly string[];
}

export interface DeadLetterDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly checkOutputs?: boolean;
}

const READING: readonly string[] = [
  'list-dead-letters',
  'group-dead-letters',
  'get-dead-letter',
  'get-dead-letter-replay',
  'list-dead-letter-actions',
];

/** `storage` is the one that the app records its dead letters in. */
export function withDeadLetters<A extends ServiceApp>(
  app: A,
  storage: Pick<ServiceStorage, 'store' | 'deadLetters'>,
  contracts: DeadLetterContracts,
  deps: DeadLetterDependencies,
): A {
  const { logger, metrics } = deps;
  const { store, deadLetters: letters } = storage;
  const jobs = deadLetterJobs(store);
  const { owner } = store;
  const { subscriptions } = app;
  const replay = createReplayLetter({ letters, subscriptions, logger, metrics });
  const worker = createReplayWorker({ letters, jobs, replay, owner, logger });
  const wake = () => worker.wake();
  const { messages } = contracts;
  const desk = createDesk({ service: app.appId, letters, jobs, subscriptions, messages, replay, wake });
  const methods = defineMethods(contracts.methods, desk, { checkOutputs: deps.checkOutputs ?? false });
  return {
    ...app,
    methods: joined(app.methods, guarded(methods, contracts)),
    ...createSequence([
      { start: () => app.start(), stop: () => app.stop() },
      worker,
      whileRunning(() => metrics.onCollect(() => showDepth(app, storage, deps))),
    ]),
  };
}

/** The gateway has looked at the role already; what a service lets others do is its own to decide. */
function guarded({ unary }: MethodTable, { readers, operators }: DeadLetterContracts): MethodTable['unary'] {
  const guard = (name: string, handler: Method): Method => {
    const roles = READING.includes(name) ? readers : operators;
    return async (input, context) =>
      roles.some((role) => context.actor.roles.includes(role)) ? handler(input, context) : FORBIDDEN;
  };
  return new Map([...unary].map(([name, handler]) => [name, guard(name, handler)]));
}

type Method = (input: unknown, context: CallContext) => Promise<Outcome<unknown>>;

const FORBIDDEN: Outcome<never> = {
  ok: false,
  problem: { code: 'forbidden', detail: 'The role of the caller does not allow this.' },
};

function joined(own: MethodTable, added: MethodTable['unary']): MethodTable {
  const twice = [...added.keys()].find((name) => own.unary.has(name) || own.stream.has(name));
  if (twice !== undefined) throw new Error(`the service has a method ${twice} of its own`);
  return { unary: new Map([...own.unary, ...added]), stream: own.stream };
}

/** Each consumer has its figures from the start, so that an alert has something to look at. */
async function showDepth(
  { subscriptions }: ServiceApp,
  { deadLetters }: Pick<ServiceStorage, 'deadLetters'>,
  { metrics, clock }: DeadLetterDependencies,
): Promise<void> {
  const { deadLettersOpen, deadLettersOldestAge } = metrics.kit;
  const depth = new Map((await deadLetters.depth()).map((each) => [each.consumer, each]));
  const consumers = new Set([...subscriptions.map(({ consumer }) => consumer), ...depth.keys()]);
  for (const consumer of consumers) {
    const { open = 0, oldestAt } = depth.get(consumer) ?? {};
    const age = oldestAt === undefined ? 0 : (clock.now().getTime() - oldestAt.getTime()) / 1_000;
    deadLettersOpen.set({ consumer }, open);
    deadLettersOldestAge.set({ consumer }, Math.max(0, age));
  }
}
