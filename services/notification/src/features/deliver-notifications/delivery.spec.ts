import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLogger } from '@ecommercestack/kit/testing';
import type { DeliveryOutcome, MessageChannel, OutgoingMessage } from '../../ports.ts';
import { deliverWith, pauseAfter } from './delivery.ts';
import type { Attempt } from './delivery.ts';

const retry = { maxAttempts: 3, baseMs: 100, maxMs: 1_000 };
const orderId = '0198c0de-0000-7000-8000-000000000001';
const nth = (attempt: number): Attempt => ({
  orderId,
  customerId: 'ada',
  event: 'order-confirmed',
  total: { amount: 100, currency: 'EUR' },
  channel: 'sms',
  address: 'sms:ada',
  attempt,
});

function scripted(options: { readonly outcome?: () => Promise<DeliveryOutcome>; readonly knows?: boolean }) {
  const delivered: { key: string; message: OutgoingMessage; signal: AbortSignal | undefined }[] = [];
  const asked: string[] = [];
  const { knows } = options;
  const lookup = async (key: string) => {
    asked.push(key);
    return knows === true;
  };
  const channel: MessageChannel = {
    concurrency: 1,
    deliver: async (message, key, signal) => {
      delivered.push({ key, message, signal });
      return options.outcome?.() ?? { kind: 'delivered' };
    },
    ...(knows !== undefined && { lookup }),
  };
  const logger = memoryLogger();
  return { delivered, asked, logger, deliver: deliverWith({ channel, retry, timeoutMs: 50, logger }) };
}

void test('the first attempt sends at once, under the key of the notification', async () => {
  const { deliver, delivered, asked } = scripted({ knows: false });
  assert.deepEqual(await deliver(nth(1)), { kind: 'sent' });
  assert.deepEqual(
    delivered.map(({ key, message }) => [key, message.to]),
    [[`${orderId}/order-confirmed/sms`, 'sms:ada']],
  );
  assert.deepEqual(asked, []);
});

void test('a later attempt asks first, and sends only what is not there', async () => {
  const there = scripted({ knows: true });
  assert.deepEqual(await there.deliver(nth(2)), { kind: 'sent' });
  assert.deepEqual([there.delivered.length, there.asked.length], [0, 1]);
  const missing = scripted({ knows: false });
  assert.deepEqual(await missing.deliver(nth(2)), { kind: 'sent' });
  assert.deepEqual([missing.delivered.length, missing.asked.length], [1, 1]);
});

void test('a later attempt over a channel that cannot know sends again', async () => {
  const { deliver, delivered } = scripted({});
  assert.deepEqual(await deliver(nth(2)), { kind: 'sent' });
  assert.equal(delivered.length, 1);
});

void test('an outage postpones, longer each time, and is given up after the last attempt', async () => {
  const { deliver, logger } = scripted({ outcome: () => Promise.reject(new Error('connect ECONNREFUSED')) });
  const reason = 'the channel could not be reached';
  assert.deepEqual(await deliver(nth(1)), { kind: 'postponed', reason, pauseMs: 100 });
  assert.deepEqual(await deliver(nth(2)), { kind: 'postponed', reason, pauseMs: 200 });
  assert.deepEqual(await deliver(nth(3)), { kind: 'failed', reason });
  assert.equal(logger.lines.filter((line) => line.includes('ECONNREFUSED')).length, 3);
});

void test('a refusal is final', async () => {
  const { deliver } = scripted({ outcome: async () => ({ kind: 'refused', reason: 'no such mailbox' }) });
  assert.deepEqual(await deliver(nth(1)), { kind: 'failed', reason: 'no such mailbox' });
});

void test('a channel that never answers is an outage', async () => {
  const { deliver, delivered } = scripted({ outcome: () => new Promise(() => undefined) });
  assert.equal((await deliver(nth(1))).kind, 'postponed');
  // It is told not to send any more what it will be given again.
  assert.ok(delivered[0]?.signal?.aborted);
});

void test('pauses double up to a limit', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 60].map((attempt) => pauseAfter(attempt, retry)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});
