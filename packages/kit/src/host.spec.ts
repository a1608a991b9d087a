import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBus } from './bus.ts';
import { systemClock } from './clock.ts';
import { deadLettersOf, hostInProcess, inDependencyOrder, readinessOf, subscriptionsOf } from './host.ts';
import { createMetrics } from './kit-metrics.ts';
import type { MethodTable, ServiceApp } from './ports.ts';
import { memoryLogger } from './testing.ts';

function scene() {
  const log: string[] = [];
  const logger = memoryLogger();
  const metrics = createMetrics({ service: 'host' });
  const hosted: ServiceApp[] = [];
  const bus = createBus({
    logger,
    metrics,
    clock: systemClock,
    onDeadLetter: deadLettersOf(() => hosted),
    retry: { baseMs: 1, maxMs: 2 },
  });
  const app = (appId: string, dependsOn: readonly string[] = [], onStart = async () => {}): ServiceApp => ({
    appId,
    dependsOn,
    methods: { unary: new Map(), stream: new Map() },
    subscriptions: [
      {
        topic: 'topic',
        consumer: appId,
        handle: async ({ id }) => {
          if (id === `bad for ${appId}`) return { kind: 'drop', reason: 'unreadable' };
          log.push(`${appId} got ${id}`);
          return { kind: 'ack' };
        },
      },
    ],
    readiness: [{ name: appId, check: async () => undefined }],
    deadLetters: {
      record: async ({ consumer, message, reason, attempts }) => {
        log.push(`${appId} keeps ${message.id} of ${consumer}: ${reason} at attempt ${attempts}`);
        return '1';
      },
    },
    start: async () => {
      await onStart();
      log.push(`start ${appId}`);
    },
    stop: async () => void log.push(`stop ${appId}`),
  });
  const publish = async (id: string) =>
    bus.publish([
      { id, topic: 'topic', key: id, type: 't', time: '2030-01-01T00:00:00Z', source: 's', data: {} },
    ]);
  return { log, logger, bus, app, publish, hosted, methods: new Map<string, MethodTable>() };
}

describe('services in one process', () => {
  it('start after what they depend on and stop before it', async () => {
    const { log, logger, bus, app, methods } = scene();
    const apps = [app('gateway', ['order']), app('order', ['catalog']), app('catalog')];
    const host = await hostInProcess({ apps, bus, methods, logger });
    assert.deepEqual([...methods.keys()], ['catalog', 'order', 'gateway']);
    assert.deepEqual(
      host.readiness.map(({ name }) => name),
      ['gateway', 'order', 'catalog'],
    );
    await host.stop();
    const started = ['start catalog', 'start order', 'start gateway'];
    assert.deepEqual(log, [...started, 'stop gateway', 'stop order', 'stop catalog']);
    assert.equal(methods.size, 0);
  });

  it('a message that is sent while the services start reaches those that start later', async () => {
    const { log, logger, bus, app, publish, methods } = scene();
    let publishing: Promise<unknown> | undefined;
    const sender = app('a', [], async () => {
      publishing = publish('early');
    });
    const host = await hostInProcess({ apps: [sender, app('b', ['a'])], bus, methods, logger });
    await publishing;
    assert.deepEqual(log, ['start a', 'a got early', 'start b', 'b got early']);
    await host.stop();
  });

  it('a service that cannot start stops those before it, and what waits for it is kept by its sender', async () => {
    const { log, logger, bus, app, publish, methods } = scene();
    let publishing: ReturnType<typeof publish> | undefined;
    const sender = app('a', [], async () => {
      publishing = publish('early');
    });
    const broken = app('b', ['a'], async () => {
      throw new Error('no database');
    });
    await assert.rejects(hostInProcess({ apps: [sender, broken], bus, methods, logger }), /no database/);
    assert.deepEqual(log, ['start a', 'a got early', 'stop a']);
    assert.equal((await publishing)?.[0]?.ok, false);
  });

  it('a canary takes no messages', async () => {
    const { log, logger, bus, app, publish, methods } = scene();
    assert.deepEqual(subscriptionsOf(app('catalog-canary')), []);
    const host = await hostInProcess({ apps: [app('catalog'), app('catalog-canary')], bus, methods, logger });
    await publish('m');
    assert.deepEqual(
      log.filter((entry) => entry.includes('got')),
      ['catalog got m'],
    );
    await host.stop();
  });

  it('what a service cannot handle is kept by that service, never by its canary', async () => {
    const { log, logger, bus, app, publish, hosted, methods } = scene();
    const record = async () => {
      log.push('the canary keeps it');
      return '1';
    };
    const canary = { ...app('b'), appId: 'b-canary', deadLetters: { record } };
    hosted.push(canary, app('a'), app('b'));
    const host = await hostInProcess({ apps: hosted, bus, methods, logger });
    assert.deepEqual(await publish('bad for b'), [{ ok: true }]);
    assert.deepEqual(
      log.filter((entry) => !entry.startsWith('start')),
      ['a got bad for b', 'b keeps bad for b of b: unreadable at attempt 1'],
    );
    await host.stop();
  });

  it('a message that nobody hosted could not handle stays with its sender', async () => {
    const letter = deadLettersOf(() => [scene().app('a')]);
    const message = { id: 'm', topic: 'topic', key: 'k', type: 't', time: '', source: 's', data: {} };
    const subscription = { topic: 'topic', consumer: 'b', handle: async () => ({ kind: 'ack' }) as const };
    await assert.rejects(letter(subscription, message, 'unreadable', 1), /no service reads topic as b/);
  });

  it('a message is not set aside for an outage of what its service needs', async () => {
    const { log, logger, app, methods } = scene();
    let failures = 0;
    const isUp = () => failures > 5;
    const reader: ServiceApp = {
      ...app('a'),
      readiness: [
        {
          name: 'database',
          check: async () => (isUp() ? undefined : 'it is away'),
        },
      ],
      subscriptions: [
        {
          topic: 'topic',
          consumer: 'a',
          handle: async () => {
            if (isUp()) return { kind: 'ack' };
            failures += 1;
            throw new Error('the database is away');
          },
        },
      ],
    };
    const apps = [reader];
    const bus = createBus({
      logger,
      metrics: createMetrics({ service: 'host' }),
      clock: systemClock,
      onDeadLetter: deadLettersOf(() => apps),
      isReady: readinessOf(() => apps),
      retry: { attempts: 2, baseMs: 1, maxMs: 2 },
    });
    const host = await hostInProcess({ apps, bus, methods, logger });
    const message = { id: 'm', topic: 'topic', key: 'k', type: 't', time: '', source: 's', data: {} };
    assert.deepEqual(await bus.publish([message]), [{ ok: true }]);
    assert.deepEqual(log, ['start a']);
    await host.stop();
  });

  it('a circle of dependencies, and one on nobody, are errors that name the services', () => {
    const { app } = scene();
    assert.throws(() => inDependencyOrder([app('a', ['b']), app('b', ['a'])]), /a → b → a/);
    assert.throws(() => inDependencyOrder([app('a', ['nobody'])]), /a depends on nobody/);
  });
});
