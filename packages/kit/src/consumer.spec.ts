import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConsumer } from './consumer.ts';
import { createMetrics } from './kit-metrics.ts';
import type { Delivery, Message } from './ports.ts';
import { fakeClock, memoryLogger } from './testing.ts';

const clock = fakeClock();
const time = clock.now().toISOString();
const message: Message = { id: '1', topic: 't', key: 'k', type: 'happened', time, source: 'spec', data: {} };

function consume(handle: () => Promise<Delivery>, isReady: () => Promise<boolean>) {
  const letters: { readonly reason: string; readonly attempts: number }[] = [];
  const consumer = createConsumer(
    { topic: 't', consumer: 'c', handle },
    {
      logger: memoryLogger(),
      metrics: createMetrics({ service: 'test' }),
      clock,
      retry: { attempts: 3, baseMs: 1, maxMs: 1 },
      isReady,
      onDeadLetter: async (_subscription, _message, reason, attempts) => {
        letters.push({ reason, attempts });
      },
    },
  );
  return { letters, settled: consumer(message, new AbortController().signal) };
}

describe('a consumer whose service is not ready', () => {
  it('goes on trying for as long as that lasts, and handles the message then', async () => {
    let attempts = 0;
    const handle = async (): Promise<Delivery> => {
      attempts += 1;
      return attempts > 20 ? { kind: 'ack' } : { kind: 'retry', reason: 'the database is away' };
    };
    const { letters, settled } = consume(handle, async () => attempts > 20);
    assert.equal(await settled, 'done');
    assert.deepEqual({ attempts, letters }, { attempts: 21, letters: [] });
  });

  it('counts the attempts once it is ready, and sets the message aside after the last', async () => {
    let attempts = 0;
    const handle = async (): Promise<Delivery> => {
      attempts += 1;
      return { kind: 'retry', reason: 'a lasting failure' };
    };
    const { letters, settled } = consume(handle, async () => attempts > 10);
    assert.equal(await settled, 'done');
    assert.deepEqual(
      { attempts, letters },
      { attempts: 13, letters: [{ reason: 'a lasting failure', attempts: 3 }] },
    );
  });

  it('sets aside at once what can never succeed', async () => {
    const { letters, settled } = consume(
      async () => ({ kind: 'drop', reason: 'not ours' }),
      async () => false,
    );
    assert.equal(await settled, 'done');
    assert.deepEqual(letters, [{ reason: 'not ours', attempts: 1 }]);
  });
});
