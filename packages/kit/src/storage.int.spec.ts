import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { createProcessor } from '@ecommercestack/event-store';
import type { Envelope } from '@ecommercestack/event-store';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import { z } from 'zod';
import { parseConfig } from './config.ts';
import { createMetrics } from './kit-metrics.ts';
import { renderMetrics } from './metrics.ts';
import type { Message, Publisher } from './ports.ts';
import { openStorage, storageConfig } from './storage.ts';
import { eventually, fakeClock, memoryLogger } from './testing.ts';

const migrations = new URL('testing/fixtures/migrations', import.meta.url);
const note = { id: '018f0000-0000-7000-8000-000000000001', topic: 'notes', key: 'n', type: 'noted' };

interface SceneOptions {
  readonly publisher?: Publisher;
  readonly env?: Readonly<Record<string, string>>;
  readonly migrations?: URL;
}

async function scene(run: (database: TestDatabase, open: typeof openOn) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  try {
    await run(database, openOn);
  } finally {
    await database.drop();
  }
}

function openOn({ connectionString }: { readonly connectionString: string }, options: SceneOptions = {}) {
  const metrics = createMetrics({ service: 'notes' });
  const logger = memoryLogger('notes');
  const clock = fakeClock();
  const env = { DATABASE_URL: connectionString, PG_POOL_MIN: '0', ...options.env };
  const storage = openStorage({
    appId: 'notes',
    config: parseConfig(z.object(storageConfig), env),
    migrations: options.migrations ?? migrations,
    ...(options.publisher && { publisher: options.publisher }),
    logger,
    metrics,
    clock,
  });
  const figures = async (name: string): Promise<string[]> => {
    const { body } = await renderMetrics(metrics.registry);
    return body.split('\n').filter((line) => line.startsWith(name));
  };
  return { ...storage, metrics, logger, clock, figures };
}

/** Publishes what it is given, once it is up. */
function broker() {
  const published: Message[] = [];
  let up = true;
  const publisher: Publisher = {
    publish: async (messages) => {
      if (!up) return messages.map(() => ({ ok: false, error: new Error('the broker is down') }));
      published.push(...messages);
      return messages.map(() => ({ ok: true }));
    },
  };
  return { publisher, published, set: (next: 'up' | 'down') => void (up = next === 'up') };
}

async function write(storage: ReturnType<typeof openOn>, payload: unknown): Promise<void> {
  await storage.store.transaction(['n'], async (tx) => tx.publish([{ ...note, payload }]));
}

describe('the storage of a service', () => {
  it('has its own tables beside those of the event store, whoever else is just making them', () =>
    scene(async (database, open) => {
      const both = [
        open(database, { env: { INSTANCE_ID: '1' } }),
        open(database, { env: { INSTANCE_ID: '2' } }),
      ];
      await Promise.all(both.map((storage) => storage.start()));
      const { rows } = await database.pool.query(
        `SELECT to_regclass('notes') IS NOT NULL AS own, to_regclass('events') IS NOT NULL AS events,
           (SELECT count(*)::integer FROM notes_migrations) AS migrations`,
      );
      assert.deepEqual(rows, [{ own: true, events: true, migrations: 1 }]);
      assert.deepEqual(
        both.map(({ store }) => store.owner),
        ['notes:1', 'notes:2'],
      );
      assert.equal(await both[0]?.readiness[0]?.check(), undefined);
      for (const storage of both) await storage.stop();
    }));

  it('publishes what was committed, as a message of the service', () =>
    scene(async (database, open) => {
      const { publisher, published } = broker();
      const storage = open(database, { publisher });
      await storage.start();
      await write(storage, { text: 'milk' });
      await eventually(() => assert.equal(published.length, 1));
      const { time, ...message } = published[0] ?? { time: '' };
      assert.deepEqual(message, { ...note, source: 'notes', data: { text: 'milk' } });
      assert.equal(new Date(time).toISOString(), time);
      await storage.stop();
    }));

  it('shows what waits in the outbox, and publishes it when the broker is back', () =>
    scene(async (database, open) => {
      const { publisher, published, set } = broker();
      set('down');
      const storage = open(database, { publisher });
      await storage.start();
      await write(storage, {});
      assert.deepEqual(await storage.figures('outbox_pending'), [
        'outbox_pending_messages{service="notes"} 1',
      ]);
      storage.clock.advance(90_000);
      assert.deepEqual(await storage.outboxDepth(), { pending: 1, oldestAgeSeconds: 90 });
      assert.deepEqual(await storage.figures('outbox_oldest'), [
        'outbox_oldest_age_seconds{service="notes"} 90',
      ]);
      set('up');
      await eventually(async () => assert.equal((await storage.outboxDepth()).pending, 0));
      assert.equal(published.length, 1);
      await storage.stop();
    }));

  it('keeps messages for later where there is nobody to publish them', () =>
    scene(async (database, open) => {
      const storage = open(database);
      await storage.start();
      await write(storage, {});
      assert.equal((await storage.outboxDepth()).pending, 1);
      await storage.stop();
    }));

  it('is known to the outbox by its host, unless it is given a name', () =>
    scene(async (database, open) => {
      assert.equal(open(database).store.owner, `notes:${hostname()}`);
      assert.equal(open(database, { env: { INSTANCE_ID: 'two' } }).store.owner, 'notes:two');
    }));

  it('counts the batches of processors', () =>
    scene(async (database, open) => {
      const storage = open(database);
      await storage.start();
      const processor = createProcessor<Envelope, 'done'>({
        store: storage.store,
        consumer: 'reader',
        streams: () => ['n'],
        handle: async (_tx, messages) => messages.map(() => 'done'),
        hooks: storage.hooks,
      });
      await processor.submit({ messageId: 'm' });
      storage.hooks.onConflict?.({ consumer: 'reader' });
      assert.deepEqual(await storage.figures('event_batch_size_sum'), [
        'event_batch_size_sum{service="notes",consumer="reader"} 1',
      ]);
      assert.deepEqual(await storage.figures('event_append_duration_seconds_count'), [
        'event_append_duration_seconds_count{service="notes"} 1',
      ]);
      assert.deepEqual(await storage.figures('event_append_conflicts_total'), [
        'event_append_conflicts_total{service="notes"} 1',
      ]);
      await storage.stop();
    }));

  it('forgets handled messages after their time, and no others', () =>
    scene(async (database, open) => {
      const first = open(database);
      await first.start();
      await database.pool.query(
        `INSERT INTO inbox (consumer, message_id, received_at)
         VALUES ('reader', 'old', now() - interval '3 hours'), ('reader', 'recent', now() - interval '1 hour')`,
      );
      await first.stop();
      const second = open(database, { env: { INBOX_RETENTION: '2h' } });
      await second.start();
      await eventually(async () => {
        const { rows } = await database.pool.query('SELECT message_id FROM inbox');
        assert.deepEqual(rows, [{ message_id: 'recent' }]);
      });
      await second.stop();
    }));

  it('keeps the messages that could not be handled', () =>
    scene(async (database, open) => {
      const storage = open(database);
      await storage.start();
      const message = { ...note, time: '2030-01-01T00:00:00.000Z', source: 'shop', data: { text: 'milk' } };
      await storage.deadLetters.record({ consumer: 'reader', message, reason: 'unreadable', attempts: 8 });
      const [letter] = await storage.deadLetters.list();
      assert.deepEqual(letter?.message, message);
      assert.deepEqual([letter?.consumer, letter?.reason, letter?.attempts], ['reader', 'unreadable', 8]);
      await storage.stop();
    }));

  it('leaves nothing running when it cannot start', () =>
    scene(async (database, open) => {
      const { publisher } = broker();
      const storage = open(database, { publisher, migrations: new URL('nowhere', migrations) });
      await storage.pool.query('SELECT 1');
      await assert.rejects(storage.start(), /nowhere/);
      assert.ok(storage.pool.ended);
      await renderMetrics(storage.metrics.registry);
      assert.equal(storage.metrics.registry.collectors.size, 0);
      assert.notEqual(await storage.readiness[0]?.check(), undefined);
    }));

  it('gives its messages back and reads no more figures once it is stopped', () =>
    scene(async (database, open) => {
      const { publisher, set } = broker();
      set('down');
      const storage = open(database, { publisher });
      await storage.start();
      await write(storage, {});
      await storage.stop();
      assert.ok(storage.pool.ended);
      await renderMetrics(storage.metrics.registry);
      assert.equal(storage.metrics.registry.collectors.size, 0);
      const { rows } = await database.pool.query('SELECT owner FROM outbox');
      assert.deepEqual(rows, [{ owner: null }]);
    }));
});
