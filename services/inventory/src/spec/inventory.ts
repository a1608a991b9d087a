/** A whole inventory service on a database of its own, with a bus that keeps what was published. */
import { createBus, createMetrics } from '@ecommercestack/kit';
import type { Clock, Message, Publisher, ServiceApp } from '@ecommercestack/kit';
import { callMethod, memoryLogger } from '@ecommercestack/kit/testing';
import { buildInventory, readConfig } from '../app.ts';

export interface TestInventory {
  readonly app: ServiceApp;
  readonly published: readonly Message[];
  /** Delivers a message as the bus would; resolves when it was handled or set aside. */
  deliver(message: Pick<Message, 'topic' | 'key' | 'type' | 'data'> & { readonly id: string }): Promise<void>;
  readonly deadLetters: readonly string[];
  call(method: string, input: unknown, roles?: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startInventory(options: {
  readonly connectionString: string;
  readonly clock: Clock;
  readonly instance?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Shared by instances whose messages go to one broker. */
  readonly published?: Message[];
  readonly broker?: 'up' | 'down';
}): Promise<TestInventory> {
  const { connectionString, clock } = options;
  const logger = memoryLogger('inventory');
  const metrics = createMetrics({ service: 'inventory' });
  const published = options.published ?? [];
  const deadLetters: string[] = [];
  const bus = createBus({
    logger,
    metrics,
    clock,
    retry: { attempts: 2, baseMs: 1, maxMs: 2 },
    onDeadLetter: async (_subscription, _message, reason) => void deadLetters.push(reason),
  });
  const publisher: Publisher = {
    publish: async (messages) => {
      if (options.broker === 'down') throw new Error('the broker is down');
      published.push(...messages);
      return messages.map(() => ({ ok: true }));
    },
  };
  const env = {
    DATABASE_URL: connectionString,
    INSTANCE_ID: options.instance ?? 'one',
    PG_POOL_MAX: '6',
    PG_POOL_MIN: '0',
    ...options.env,
  };
  const app = buildInventory(readConfig(env), {
    publisher,
    logger,
    metrics,
    clock,
    checkOutputs: true,
  });
  for (const subscription of app.subscriptions) bus.subscribe(subscription);
  await app.start();
  return {
    app,
    published,
    deadLetters,
    async deliver(message) {
      await bus.publish([{ ...message, time: clock.now().toISOString(), source: 'spec' }]);
    },
    call: (method, input, roles = []) =>
      callMethod(app.methods, method, input, { actor: { id: 'ada', roles } }),
    async stop() {
      await bus.close();
      await app.stop();
    },
  };
}
