import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetters } from './dead-letters.ts';
import { withStore } from './spec-support.ts';

const message = (id: string) => ({ id, topic: 'orders', data: { id } });

test('a letter is kept once per consumer and message, found by consumer and status, and replayed once', () =>
  withStore(async ({ store }) => {
    const letters = deadLetters<ReturnType<typeof message>>(store);
    const id = await letters.record({ consumer: 'a', message: message('m1'), reason: 'bad', attempts: 3 });
    assert.equal(
      await letters.record({ consumer: 'a', message: message('m1'), reason: 'worse', attempts: 2 }),
      id,
    );
    await letters.record({ consumer: 'b', message: message('m1'), reason: 'bad', attempts: 1 });
    const [first, second] = await letters.list();
    assert.deepEqual(
      { ...first, firstAt: undefined, lastAt: undefined },
      {
        id,
        consumer: 'a',
        topic: 'orders',
        messageId: 'm1',
        message: message('m1'),
        reason: 'worse',
        attempts: 5,
        firstAt: undefined,
        lastAt: undefined,
        status: 'open',
      },
    );
    assert.equal(second?.consumer, 'b');
    assert.deepEqual(await letters.list({ after: second.id }), []);
    assert.equal(await letters.markReplayed(id), true);
    assert.equal(await letters.markReplayed(id), false);
    assert.equal(await letters.count({ status: 'open' }), 1);
    assert.equal(await letters.count({ consumer: 'a', status: 'replayed' }), 1);
    assert.equal((await letters.get(id))?.status, 'replayed');
    await letters.record({ consumer: 'a', message: message('m1'), reason: 'again', attempts: 1 });
    assert.equal((await letters.get(id))?.status, 'open');
  }));
