/** A service whose messages fail as a spec wants, on a database of its own. */
import {
  createEventStore,
  createProcessor,
  deadLetters,
  migrateEventStore,
} from '@ecommercestack/event-store';
import type { DeadLetters } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { z } from 'zod';
import { createMetrics } from '../kit-metrics.ts';
import { renderMetrics } from '../metrics.ts';
import type { Delivery, Message, ServiceApp } from '../ports.ts';
import { callMethod, fakeClock, memoryLogger } from '../testing.ts';
import type { Desk } from './desk.ts';
import { withDeadLetters, type DeskContract } from './with-dead-letters.ts';

const any = { input: z.any(), output: z.any() };
/** Which form an input must have is for the contract of a service to say, and is not tested here. */
const methods: DeskContract = {
  'list-dead-letters': any,
  'group-dead-letters': any,
  'get-dead-letter': any,
  'edit-dead-letter': any,
  'replay-dead-letter': any,
  'discard-dead-letter': any,
  'start-dead-letter-replay': any,
  'get-dead-letter-replay': any,
  'stop-dead-letter-replay': any,
  'list-dead-letter-actions': any,
};

const contracts = {
  methods,
  messages: [{ topic: 'notes', type: 'noted', schema: z.strictObject({ text: z.string() }) }],
  readers: ['reader', 'operator'],
  operators: ['operator'],
};

export type Handle = (message: Message) => Promise<Delivery>;

type Answer<K extends keyof Desk> =
  Awaited<ReturnType<Desk[K]>> extends infer O ? Extract<O, { ok: true }> : never;

export interface Scene {
  readonly app: ServiceApp;
  readonly letters: DeadLetters<Message>;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Handles a message once, by the inbox; counts how often it had an effect. */
  readonly handleOnce: Handle;
  readonly effects: ReadonlyMap<string, number>;
  /** Stands until it is changed: refuses every message. */
  readonly answerWith: (handle: Handle) => void;
  /** A dead letter; returns its id. */
  readonly setAside: (messageId: string, data?: unknown, reason?: string) => Promise<string>;
  /** As an operator. A refusal is a failure. */
  readonly ask: <K extends keyof Desk>(
    method: K,
    input: Parameters<Desk[K]>[0],
  ) => Promise<Answer<K>['value']>;
  readonly refusal: (method: keyof Desk, input: unknown, roles?: readonly string[]) => Promise<string>;
  readonly figures: (name: string) => Promise<readonly string[]>;
  /** The same service as another process, which has not started yet. */
  readonly another: () => ServiceApp;
}

export async function scene(run: (scene: Scene) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  const logger = memoryLogger('notes');
  const metrics = createMetrics({ service: 'notes' });
  const clock = fakeClock();
  let handle: Handle = async () => ({ kind: 'drop', reason: 'no' });
  const effects = new Map<string, number>();
  try {
    await migrateEventStore(database.connectionString);
    const store = createEventStore({ pool: database.pool, now: () => clock.now(), owner: 'notes:1' });
    const letters = deadLetters<Message>(store);
    const processor = createProcessor<{ messageId: string }, void>({
      store,
      consumer: 'notes',
      streams: () => ['s'],
      handle: (_tx, messages) => {
        for (const { messageId } of messages) effects.set(messageId, (effects.get(messageId) ?? 0) + 1);
        return Promise.resolve(messages.map(() => undefined));
      },
    });
    const build = () =>
      withDeadLetters(
        serviceOf(letters, (message) => handle(message)),
        { store, deadLetters: letters },
        contracts,
        {
          logger,
          metrics,
          clock,
        },
      );
    const app = build();
    await app.start();
    const call = (method: string, input: unknown, roles: readonly string[]) =>
      callMethod(app.methods, method, input, { actor: { id: 'ann', roles } });
    await run({
      app,
      letters,
      clock,
      effects,
      another: build,
      handleOnce: async ({ id }) => {
        const { kind } = await processor.submit({ messageId: id });
        return kind === 'duplicate' ? { kind: 'ack', as: 'duplicate' } : { kind: 'ack' };
      },
      answerWith: (next) => {
        handle = next;
      },
      setAside: (id, data = { text: id }, reason = 'no') =>
        letters.record({ consumer: 'notes', message: noteOf(id, data), reason, attempts: 8 }),
      async ask(method, input) {
        const outcome = await call(method, input, ['operator']);
        if (!outcome.ok) throw new Error(`${method}: ${outcome.problem.code}: ${outcome.problem.detail}`);
        return outcome.value as never;
      },
      async refusal(method, input, roles = ['operator']) {
        const outcome = await call(method, input, roles);
        return outcome.ok ? 'none' : outcome.problem.code;
      },
      figures: async (name) =>
        (await renderMetrics(metrics.registry)).body.split('\n').filter((line) => line.startsWith(name)),
    });
    await app.stop();
  } finally {
    await database.drop();
  }
}

function noteOf(id: string, data: unknown): Message {
  return {
    id,
    topic: 'notes',
    key: 's',
    type: 'noted',
    time: '2030-01-01T00:00:00.000Z',
    source: 'spec',
    data,
  };
}

function serviceOf(letters: DeadLetters<Message>, handle: Handle): ServiceApp {
  return {
    appId: 'notes',
    methods: { unary: new Map(), stream: new Map() },
    subscriptions: [{ topic: 'notes', consumer: 'notes', handle }],
    readiness: [],
    deadLetters: letters,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
