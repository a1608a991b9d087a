import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetterJobs } from './dead-letter-jobs.ts';
import { deadLetters } from './dead-letters.ts';
import type { EventStore } from './event-store.ts';
import { until, withStore } from './spec-support.ts';

const LEASE_MS = 60_000;
const asked = {
  id: 'job-1',
  filter: { consumer: 'a' },
  limits: { maxBatch: 8, perSecond: 5, maxFailureShare: 0.5 },
  actor: 'ann',
};

async function audit(store: EventStore): Promise<readonly unknown[]> {
  const actions = await deadLetters(store).actions({ limit: 10 });
  return actions.map(({ action, actor, outcome, detail }) => [action, actor, outcome, detail]).toReversed();
}

test('a job is started once under its id, for the letters that are there', () =>
  withStore(async ({ store }) => {
    const jobs = deadLetterJobs(store);
    const record = (id: string) =>
      deadLetters(store).record({
        consumer: 'a',
        message: { id, topic: 't', type: 'x' },
        reason: 'r',
        attempts: 1,
      });
    await record('m1');
    const last = await record('m2');
    const { job, created } = await jobs.start(asked);
    assert.equal(created, true);
    assert.equal(job.upTo, last);
    assert.deepEqual(job.progress, {
      after: '0',
      handled: 0,
      failed: 0,
      batch: { size: 1, done: 0, failed: 0 },
    });
    await record('m3');
    assert.deepEqual(await jobs.start({ ...asked, actor: 'bob' }), { job, created: false });
    assert.deepEqual(await jobs.get('job-1'), job);
    assert.equal(await jobs.get('job-2'), undefined);
  }));

test('one process works on a job; another takes over when the lease has ended, and the first is told', () =>
  withStore(async ({ store }) => {
    const jobs = deadLetterJobs(store);
    assert.equal(await jobs.claim('one', LEASE_MS), undefined);
    const { job } = await jobs.start(asked);
    const [mine, theirs] = await Promise.all([jobs.claim('one', LEASE_MS), jobs.claim('two', LEASE_MS)]);
    const [owner, other] = mine === undefined ? ['two', 'one'] : ['one', 'two'];
    assert.deepEqual([mine ?? theirs, mine === undefined || theirs === undefined], [job, true]);
    assert.deepEqual(await jobs.claim(owner, LEASE_MS), job, 'after a restart the same process goes on');
    const progress = { ...job.progress, after: '7', handled: 1 };
    assert.equal(await jobs.save({ ...job, progress }, owner, 1), true);
    await until(async () => (await jobs.claim(other, LEASE_MS)) !== undefined);
    assert.equal(await jobs.save(job, owner, LEASE_MS), false);
    assert.deepEqual((await jobs.get('job-1'))?.progress, progress);
  }));

test('the end of a job is kept with its reason', () =>
  withStore(async ({ store }) => {
    const jobs = deadLetterJobs(store);
    const { job } = await jobs.start(asked);
    await jobs.claim('one', LEASE_MS);
    await jobs.save({ ...job, status: 'stopped', stopReason: 'too many' }, 'one', LEASE_MS);
    assert.deepEqual((await audit(store)).at(-1), ['end-replay', 'system', 'stopped', 'too many']);
  }));

test('a job that was stopped keeps why, takes no more progress and is not claimed again', () =>
  withStore(async ({ store }) => {
    const jobs = deadLetterJobs(store);
    const { job } = await jobs.start(asked);
    await jobs.claim('one', LEASE_MS);
    assert.equal(await jobs.stop('job-1', 'bob'), true);
    assert.equal(await jobs.stop('job-1', 'bob'), false);
    assert.equal(await jobs.save(job, 'one', LEASE_MS), false);
    assert.equal(await jobs.claim('one', LEASE_MS), undefined);
    assert.deepEqual(await audit(store), [
      ['start-replay', 'ann', 'started', '{"consumer": "a"}'],
      ['stop-replay', 'bob', 'stopped', undefined],
    ]);
    const { status, stopReason } = (await jobs.get('job-1')) ?? {};
    assert.deepEqual([status, stopReason], ['stopped', 'stopped by bob']);
  }));
