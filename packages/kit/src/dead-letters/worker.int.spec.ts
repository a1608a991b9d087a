import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../testing.ts';
import { scene, type Scene } from './spec-support.ts';

const limits = { maxBatch: 4, perSecond: 500, maxFailureShare: 0.5 };
const start = (replayId: string, filter = {}) => ({ replayId, filter, limits });

async function ended({ ask }: Scene, replayId: string) {
  return eventually(async () => {
    const replay = await ask('get-dead-letter-replay', { replayId });
    assert.notEqual(replay.status, 'running');
    return replay;
  });
}

async function setAside({ setAside: one }: Scene, count: number): Promise<readonly string[]> {
  const ids = [];
  for (let index = 0; index < count; index += 1) ids.push(await one(`m${index}`));
  return ids;
}

describe('a replay of many letters', () => {
  test('hands on all that were there when it began and fit its filter, oldest first, each checked and told', () =>
    scene(async (at) => {
      const { ask, letters, handleOnce, answerWith } = at;
      await setAside(at, 9);
      await at.setAside('other', {}, 'wrong');
      const order: string[] = [];
      answerWith(async (message) => {
        order.push(message.id);
        if (order.length === 1) await at.setAside('late');
        return message.id === 'm4' ? { kind: 'drop', reason: 'no 4' } : handleOnce(message);
      });
      await ask('start-dead-letter-replay', start('r1', { reason: 'no' }));
      const { status, handled, failed, remaining, startedBy } = await ended(at, 'r1');
      assert.deepEqual([status, handled, failed, remaining, startedBy], ['done', 8, 1, 0, 'ann']);
      assert.deepEqual(order, ['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8']);
      const open = (await letters.list({ status: 'open' })).map(({ messageId }) => messageId);
      assert.deepEqual(open, ['m4', 'other', 'late']);
      const { items } = await ask('list-dead-letter-actions', { limit: 20 });
      assert.deepEqual(new Set(items.map(({ replayId }) => replayId)), new Set(['r1']));
      assert.equal(items.filter(({ action }) => action === 'replay').length, 9);
      const bracket = items.filter(({ action }) => action !== 'replay').map(({ action }) => action);
      assert.deepEqual(bracket.toSorted(), ['end-replay', 'start-replay']);
    }));

  test('stops at the first letter when the cause has not been mended', () =>
    scene(async (at) => {
      await setAside(at, 5);
      await at.ask('start-dead-letter-replay', start('r1'));
      const { status, failed, remaining, stopReason } = await ended(at, 'r1');
      assert.deepEqual([status, failed, remaining], ['stopped', 1, 4]);
      assert.equal(stopReason, '1 of a batch of 1 failed again');
    }));

  test('hands on no more of a batch of which too many have failed', () =>
    scene(async (at) => {
      const { ask, answerWith, handleOnce } = at;
      await setAside(at, 8);
      const order: string[] = [];
      answerWith(async (message) => {
        order.push(message.id);
        return ['m3', 'm4', 'm5'].includes(message.id) ? { kind: 'drop', reason: 'no' } : handleOnce(message);
      });
      await ask('start-dead-letter-replay', start('r1'));
      const { stopReason, handled, failed, remaining } = await ended(at, 'r1');
      await at.app.stop();
      assert.deepEqual([handled, failed, remaining], [3, 3, 2]);
      assert.equal(stopReason, '3 of a batch of 4 failed again');
      assert.equal(order.at(-1), 'm5');
    }));

  test('is started once under its id, and refuses the id for another one', () =>
    scene(async (at) => {
      const { ask, refusal, answerWith, handleOnce } = at;
      await setAside(at, 1);
      answerWith(handleOnce);
      await ask('start-dead-letter-replay', start('r1'));
      const done = await ended(at, 'r1');
      await at.setAside('later');
      assert.deepEqual(await ask('start-dead-letter-replay', start('r1')), done);
      assert.equal(
        await refusal('start-dead-letter-replay', start('r1', { consumer: 'x' })),
        'idempotency-key-reused',
      );
      assert.equal(await refusal('get-dead-letter-replay', { replayId: 'r2' }), 'not-found');
    }));

  test('is stopped by an operator after the letter that it is at', () =>
    scene(async (at) => {
      const { ask, answerWith, handleOnce } = at;
      await setAside(at, 3);
      const begun = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      answerWith(async (message) => {
        begun.resolve();
        await go.promise;
        return handleOnce(message);
      });
      await ask('start-dead-letter-replay', start('r1'));
      await begun.promise;
      const stopped = await ask('stop-dead-letter-replay', { replayId: 'r1' });
      assert.deepEqual([stopped.status, stopped.stopReason], ['stopped', 'stopped by ann']);
      go.resolve();
      await eventually(async () => assert.equal(await at.letters.count({ status: 'replayed' }), 1));
      await at.app.stop();
      assert.equal(await at.letters.count({ status: 'open' }), 2);
    }));

  test('goes on where it was when the process that worked on it has stopped', () =>
    scene(async (at) => {
      const { ask, answerWith, handleOnce, app, effects } = at;
      await setAside(at, 6);
      const third = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      answerWith(async (message) => {
        if (message.id === 'm2') {
          third.resolve();
          await go.promise;
        }
        return handleOnce(message);
      });
      await ask('start-dead-letter-replay', start('r1'));
      await third.promise;
      const stopping = app.stop();
      go.resolve();
      await stopping;
      const halfway = await ask('get-dead-letter-replay', { replayId: 'r1' });
      assert.deepEqual([halfway.status, halfway.handled, halfway.remaining], ['running', 3, 3]);
      const next = at.another();
      await next.start();
      const { status, handled } = await ended(at, 'r1');
      assert.deepEqual([status, handled], ['done', 6]);
      assert.deepEqual(new Set(effects.values()), new Set([1]));
      await next.stop();
    }));
});
