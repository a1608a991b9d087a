import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Notification } from '@ecommercestack/contracts';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import type { TestDatabase } from '@ecommercestack/event-store/testing';
import type { Outcome } from '@ecommercestack/kit';
import { eventually, fakeClock } from '@ecommercestack/kit/testing';
import { claimDue } from './adapters/delivery-table.ts';
import { createMailbox } from './adapters/mailbox.ts';
import { orderEvent, startNotification } from './spec/notification.ts';
import type { StartOptions, TestNotification } from './spec/notification.ts';
import { startSmtpServer } from './spec/smtp-server.ts';

const summary = (found: readonly Notification[]) =>
  found.map(({ channel, status, attempts }) => `${channel} ${status} ${attempts}`).toSorted();
const allSent = ['email sent 1', 'push sent 1', 'sms sent 1'];

void describe('notification service', () => {
  const clock = fakeClock('2030-01-01T12:00:00.000Z');
  let database: TestDatabase;
  let service: TestNotification;
  const start = (options: Partial<StartOptions> = {}) =>
    startNotification({ connectionString: database.connectionString, clock, ...options });
  const settled = (orderId: string, expected: readonly string[], from = service) =>
    eventually(async () => {
      const found = await from.notifications(orderId);
      assert.deepEqual(summary(found), expected);
      return found;
    });

  before(async () => {
    database = await createTestDatabase();
    service = await start();
  });
  after(async () => {
    await service.stop();
    await database.drop();
  });

  void it('tells the customer once per channel', async () => {
    const event = orderEvent('order-rejected', { reason: 'payment-declined' });
    const { orderId } = event.data;
    await service.deliver(event);
    await settled(orderId, allSent);
    const mails = await service.mails(orderId);
    assert.deepEqual(mails.map(({ messageId, to }) => `${messageId} → ${to}`).toSorted(), [
      `${orderId}/order-rejected/email → ada@customers.example`,
      `${orderId}/order-rejected/push → push:ada`,
      `${orderId}/order-rejected/sms → sms:ada`,
    ]);
    assert.match(mails.find(({ channel }) => channel === 'sms')?.body ?? '', /€12\.50 .* was declined\./);
  });

  void it('a repeat tells nothing new: same message, same event again, another instance, all at once', async () => {
    const event = orderEvent('order-confirmed');
    const { orderId } = event.data;
    const other = await start();
    await Promise.all([
      service.deliver(event),
      other.deliver(event),
      service.deliver(orderEvent('order-confirmed', { orderId })),
      other.deliver(orderEvent('order-confirmed', { orderId })),
    ]);
    await settled(orderId, allSent);
    await service.deliver(event);
    await other.stop();
    assert.deepEqual(summary(await service.notifications(orderId)), allSent);
    assert.equal((await service.mails(orderId)).length, 3);
    await service.deliver(orderEvent('order-refunded', { orderId }));
    await eventually(async () => assert.equal((await service.mails(orderId)).length, 6));
  });

  void it('tells nothing of an order that was only placed, and sets aside what is malformed', async () => {
    const placed = orderEvent('order-placed');
    await service.deliver(placed);
    assert.deepEqual(await service.notifications(placed.data.orderId), []);
    await service.deliver(orderEvent('order-rejected', { reason: 'bad-weather' }));
    await service.deliver(orderEvent('order-confirmed', { orderId: 'not-an-id' }));
    assert.deepEqual(service.deadLetters, ['a malformed order-rejected', 'a malformed order-confirmed']);
  });

  void it('a crash between delivery and record has one effect; a crash before delivery loses nothing', async () => {
    // What a process did until it was killed, step by step.
    const orderId = randomUUID();
    const until = new Date(clock.now().getTime() + 60_000);
    await service.stop();
    await database.pool.query(
      `INSERT INTO notifications (notification_id, order_id, customer_id, event, channel, amount, currency, address,
          status, due_at, created_at)
        SELECT $1 || '/order-confirmed/' || channel, $1::uuid, 'ada', 'order-confirmed', channel, 1250, 'EUR', 'ada@x.example',
          'pending', $2, $2 FROM unnest(ARRAY['email', 'push', 'sms']) AS channel`,
      [orderId, clock.now()],
    );
    for (const channel of ['email', 'sms'] as const) {
      const [attempt, ...others] = await claimDue(database.pool, {
        channel,
        limit: 9,
        now: clock.now(),
        until,
      });
      assert.deepEqual([attempt?.orderId, others], [orderId, []]);
    }
    const message = {
      orderId,
      customerId: 'ada',
      channel: 'email',
      to: 'ada@x.example',
      subject: 's',
      body: 'b',
    } as const;
    await createMailbox(database.pool, () => clock.now()).deliver(
      message,
      `${orderId}/order-confirmed/email`,
    );

    service = await start();
    const stillSending = ['email sending 1', 'push sent 1', 'sms sending 1'];
    await settled(orderId, stillSending);
    clock.advance(60_000);
    await settled(orderId, ['email sent 2', 'push sent 1', 'sms sent 2']);
    const mails = await service.mails(orderId);
    assert.equal(mails.length, 3);
    assert.equal(mails.find(({ channel }) => channel === 'email')?.body, 'b');
  });

  void it('a channel that is down is tried later and later, then given up; the others are not held up', async () => {
    let calls = 0;
    const down = { concurrency: 8, deliver: () => Promise.reject(new Error(`outage ${++calls}`)) };
    const env = { MAX_ATTEMPTS: '3', RETRY_BASE: '10s', RETRY_MAX: '15s' };
    await service.stop();
    service = await start({ env, channels: { sms: down } });
    const { orderId } = await announce('order-confirmed');
    const postponed = await settled(orderId, ['email sent 1', 'push sent 1', 'sms pending 1']);
    const sms = postponed.find(({ channel }) => channel === 'sms');
    assert.equal(sms?.reason, 'the channel could not be reached');
    assert.equal(sms?.nextAttemptAt, new Date(clock.now().getTime() + 10_000).toISOString());
    clock.advance(9_999);
    const { orderId: neighbour } = await announce('order-cancelled');
    await settled(neighbour, ['email sent 1', 'push sent 1', 'sms pending 1']);
    assert.equal(calls, 2);
    clock.advance(1);
    await settled(orderId, ['email sent 1', 'push sent 1', 'sms pending 2']);
    clock.advance(15_000);
    const given = await settled(orderId, ['email sent 1', 'push sent 1', 'sms failed 3']);
    assert.equal(given.find(({ channel }) => channel === 'sms')?.reason, 'the channel could not be reached');
    await settled(neighbour, ['email sent 1', 'push sent 1', 'sms pending 2']);
    await service.stop();
    service = await start();
    clock.advance(15_000);
    await settled(neighbour, ['email sent 1', 'push sent 1', 'sms sent 3']);
  });

  void it('keeps to what the customer has chosen', async () => {
    const chosen = {
      email: { enabled: true, address: 'bob@home.example' },
      sms: { enabled: false },
      push: { enabled: true },
    };
    const defaults = await service.call<object>('get-preferences', {}, 'bob');
    assert.deepEqual(defaults.ok && defaults.value, {
      email: { enabled: true, address: 'bob@customers.example' },
      sms: { enabled: true, address: 'sms:bob' },
      push: { enabled: true, address: 'push:bob' },
    });
    const stored = await service.call<object>('set-preferences', chosen, 'bob');
    assert.deepEqual(stored.ok && stored.value, {
      ...chosen,
      sms: { enabled: false, address: 'sms:bob' },
      push: { enabled: true, address: 'push:bob' },
    });
    const { orderId } = await announce('order-confirmed', 'bob');
    const found = await settled(orderId, ['email sent 1', 'push sent 1', 'sms suppressed 0']);
    assert.equal(found.find(({ channel }) => channel === 'sms')?.reason, 'switched off by the customer');
    const mails = await service.mails(orderId);
    assert.deepEqual(mails.map(({ to }) => to).toSorted(), ['bob@home.example', 'push:bob']);
    await service.call('set-preferences', { ...chosen, sms: { enabled: true } }, 'bob');
    await service.deliver(orderEvent('order-confirmed', { orderId, customerId: 'bob' }));
    assert.deepEqual(summary(await service.notifications(orderId)), summary(found));
    assert.equal((await service.mails(orderId)).length, 2);
    const wrong = { ...chosen, email: { enabled: true, address: 'not an address' } };
    const refused = await service.call('set-preferences', wrong, 'bob');
    assert.equal(!refused.ok && refused.problem.code, 'invalid-request');
  });

  void it('a channel that the shop does not use is suppressed', async () => {
    await service.stop();
    service = await start({ env: { CHANNEL_PUSH: 'off' } });
    const { orderId } = await announce('order-confirmed');
    const found = await settled(orderId, ['email sent 1', 'push suppressed 0', 'sms sent 1']);
    assert.equal(
      found.find(({ channel }) => channel === 'push')?.reason,
      'the shop does not use this channel',
    );
  });

  void it('sends e-mail over SMTP where it is configured', async () => {
    const server = await startSmtpServer();
    await service.stop();
    const env = { CHANNEL_EMAIL: 'smtp', SMTP_URL: `smtp://127.0.0.1:${server.port}` };
    service = await start({ env });
    const { orderId } = await announce('order-confirmed');
    await settled(orderId, allSent);
    assert.deepEqual(
      server.received.map(({ id, to, subject }) => ({ id, to, subject })),
      [
        {
          id: `<${orderId}.order-confirmed.email@shop.example>`,
          to: 'ada@customers.example',
          subject: `Your order ${orderId.slice(-8).toUpperCase()} is confirmed`,
        },
      ],
    );
    assert.equal((await service.mails(orderId)).length, 2);
    server.refuseWith(550);
    const refused = await announce('order-confirmed');
    await settled(refused.orderId, ['email failed 1', 'push sent 1', 'sms sent 1']);
    await service.stop();
    await server.close();
    service = await start();
  });

  void it('pages through what a customer was told, newest first, and shows nobody else’s', async () => {
    const orders: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      clock.advance(1_000);
      orders.push((await announce('order-confirmed', 'carol')).orderId);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await service.call<{ items: Notification[]; nextCursor?: string }>(
        'list-notifications',
        { limit: 5, ...(cursor !== undefined && { cursor }) },
        'carol',
      );
      assert.ok(page.ok);
      seen.push(...page.value.items.map(({ notificationId }) => notificationId));
      cursor = page.value.nextCursor;
    } while (cursor !== undefined);
    const expected = orders
      .toReversed()
      .flatMap((orderId) =>
        ['sms', 'push', 'email'].map((channel) => `${orderId}/order-confirmed/${channel}`),
      );
    assert.deepEqual(seen, expected);
    for (const method of ['list-notifications', 'list-mailbox']) {
      const input = { orderId: orders[0] };
      const foreign: Outcome<{ items: unknown[] }> = await service.call(method, input, 'ada');
      assert.deepEqual(foreign.ok && foreign.value.items, []);
    }
  });

  async function announce(type: string, customerId = 'ada'): Promise<{ readonly orderId: string }> {
    const event = orderEvent(type, { customerId });
    await service.deliver(event);
    return event.data;
  }
});
