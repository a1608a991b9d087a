import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetter, DeadLetterJobs, ReplayJob } from '@ecommercestack/event-store';
import type { Message } from '../ports.ts';
import { eventually, memoryLogger } from '../testing.ts';
import { createReplayWorker } from './worker.ts';

const job: ReplayJob = {
  id: 'r1',
  filter: {},
  limits: { maxBatch: 4, perSecond: 0.1, maxFailureShare: 0.5 },
  upTo: '9',
  actor: 'ann',
  status: 'running',
  progress: { after: '0', handled: 0, failed: 0, batch: { size: 1, done: 0, failed: 0 } },
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** One job, kept in memory. */
function memoryJobs(): Pick<DeadLetterJobs, 'claim' | 'save'> & { readonly current: () => ReplayJob } {
  let current = job;
  return {
    current: () => current,
    claim: () => Promise.resolve(current.status === 'running' ? current : undefined),
    save: (saved) => {
      current = { ...current, ...saved };
      return Promise.resolve(true);
    },
  };
}

test('letters are replayed at the pace asked for: the first at once, each other a tenth per second later', async () => {
  const jobs = memoryJobs();
  const asked: number[] = [];
  const worker = createReplayWorker({
    letters: {
      list: ({ after = '0', limit = 0 } = {}) => {
        const ids = ['1', '2', '3'].filter((id) => id > after).slice(0, limit);
        return Promise.resolve(ids.map((id) => ({ id }) as DeadLetter<Message>));
      },
    },
    jobs,
    replay: () => Promise.resolve({ outcome: 'handled' }),
    owner: 'notes:1',
    logger: memoryLogger('notes'),
    pause: (ms) => {
      asked.push(ms);
      return Promise.resolve();
    },
  });
  worker.wake();
  await eventually(() => assert.equal(jobs.current().status, 'done'));
  await worker.stop();
  const [first, ...others] = asked;
  assert.equal(first, 0);
  assert.equal(others.length, 2);
  for (const ms of others) assert.ok(ms > 0 && ms <= 10_000, String(ms));
});
