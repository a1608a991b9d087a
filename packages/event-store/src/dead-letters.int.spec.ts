import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadLetters } from './dead-letters.ts';
import { withStore } from './spec-support.ts';

const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const message = (id: string, data: unknown = { id }) => ({ id, topic: 'orders', type: 'placed', data });
type Note = ReturnType<typeof message>;

/** A store whose clock moves one second at each look. */
function scene(run: (letters: ReturnType<typeof deadLetters<Note>>) => Promise<void>) {
  let seconds = 0;
  return withStore(({ store }) => run(deadLetters<Note>(store)), { now: () => at((seconds += 1)) });
}

const failed = (id: string, consumer = 'a', reason = 'bad') => ({
  consumer,
  message: message(id),
  reason,
  attempts: 1,
});
const edit = { action: 'edit', actor: 'ann', outcome: 'done' };

test('a letter is kept once per consumer and message, and is open again when the message fails again', () =>
  scene(async (letters) => {
    const id = await letters.record({ ...failed('m1'), attempts: 3 });
    assert.equal(await letters.record({ ...failed('m1'), reason: 'worse than 1', attempts: 2 }), id);
    await letters.record(failed('m1', 'b'));
    const [first, second] = await letters.list();
    assert.deepEqual(first, {
      id,
      consumer: 'a',
      topic: 'orders',
      type: 'placed',
      messageId: 'm1',
      message: message('m1'),
      reason: 'worse than 1',
      pattern: 'worse than <n>',
      attempts: 5,
      firstAt: at(1),
      lastAt: at(2),
      status: 'open',
      version: 2,
    });
    assert.equal(second?.consumer, 'b');
    assert.deepEqual(await letters.list({ after: second.id }), []);
    assert.deepEqual(await letters.list({ upTo: id }), [first]);
    await letters.change(first, { status: 'replayed' }, { ...edit, action: 'replay' });
    assert.equal(await letters.count({ status: 'open' }), 1);
    await letters.record({ ...failed('m1'), reason: 'again' });
    assert.equal((await letters.get(id))?.status, 'open');
    assert.deepEqual(
      (await letters.history(id)).map(({ action, outcome, detail }) => [action, outcome, detail]),
      [
        ['set-aside', 'failed', 'bad'],
        ['set-aside', 'failed', 'worse than 1'],
        ['replay', 'done', undefined],
        ['set-aside', 'failed', 'again'],
      ],
    );
  }));

test('a change keeps the first original, counts versions, and comes with its line in the history or not at all', () =>
  scene(async (letters) => {
    const id = await letters.record(failed('m1'));
    const before = await letters.get(id);
    assert.ok(before);
    const once = await letters.change(before, { message: message('m1', 1) }, edit);
    assert.ok(once);
    assert.deepEqual([once.message.data, once.original?.data, once.version], [1, { id: 'm1' }, 2]);
    const twice = await letters.change(once, { message: message('m1', 2) }, edit);
    assert.deepEqual([twice?.message.data, twice?.original?.data], [2, { id: 'm1' }]);
    assert.equal(await letters.change(before, { status: 'discarded' }, edit), undefined);
    assert.deepEqual(await letters.get(id), twice);
    assert.equal((await letters.history(id)).length, 3);
    const again = await letters.change({ id, version: 3 }, { failedAgain: 'still 7' }, edit);
    assert.deepEqual(
      [again?.attempts, again?.reason, again?.pattern, again?.lastAt],
      [2, 'still 7', 'still <n>', at(5)],
    );
  }));

test('letters are found by what they have in common, grouped, and counted where they are open', () =>
  scene(async (letters) => {
    for (const [index, consumer] of ['a', 'a', 'b', 'a'].entries())
      await letters.record(failed(`m${index}`, consumer, `No room for ${index}`));
    await letters.record(failed('other', 'a', '100% wrong_'));
    const ids = async (filter: object) =>
      (await letters.newest({ limit: 10, ...filter })).map(({ messageId }) => messageId);
    assert.deepEqual(await ids({}), ['other', 'm3', 'm2', 'm1', 'm0']);
    assert.deepEqual(await ids({ consumer: 'b' }), ['m2']);
    assert.deepEqual(await ids({ reason: 'NO ROOM' }), ['m3', 'm2', 'm1', 'm0']);
    assert.deepEqual(await ids({ reason: '0% wrong_' }), ['other'], 'no wildcards');
    assert.deepEqual(await ids({ pattern: 'No room for <n>', consumer: 'a' }), ['m3', 'm1', 'm0']);
    assert.deepEqual(await ids({ type: 'placed', status: 'replayed' }), []);
    const [, place] = await letters.newest({ limit: 2 });
    assert.ok(place);
    assert.deepEqual(await ids({ before: { time: place.firstAt, id: place.id } }), ['m2', 'm1', 'm0']);
    assert.deepEqual(await ids({ before: { time: place.firstAt, id: '0' } }), ['m2', 'm1', 'm0']);
    const groups = await letters.groups({}, 10);
    assert.deepEqual(
      groups.map(({ consumer, pattern, count, oldestAt, newestAt, example }) => [
        consumer,
        pattern,
        count,
        oldestAt,
        newestAt,
        example.messageId,
      ]),
      [
        ['a', 'No room for <n>', 3, at(1), at(4), 'm3'],
        ['b', 'No room for <n>', 1, at(3), at(3), 'm2'],
        ['a', '<n>% wrong_', 1, at(5), at(5), 'other'],
      ],
    );
    const [oldest] = await letters.list();
    assert.ok(oldest);
    await letters.change(oldest, { status: 'discarded' }, edit);
    const depth = (await letters.depth()).toSorted((a, b) => a.consumer.localeCompare(b.consumer));
    assert.deepEqual(depth, [
      { consumer: 'a', open: 3, oldestAt: at(2) },
      { consumer: 'b', open: 1, oldestAt: at(3) },
    ]);
  }));

test('what people did is read newest first, by person, action and letter; what consumers did is not among it', () =>
  scene(async (letters) => {
    const id = await letters.record(failed('m1'));
    await letters.note({ ...edit, letterId: id, outcome: 'failed', detail: 'no' });
    await letters.note({ ...edit, actor: 'bob', action: 'start', jobId: 'job-1' });
    const all = await letters.actions({ limit: 10 });
    assert.deepEqual(
      all.map(({ id: _id, ...action }) => action),
      [
        { action: 'start', actor: 'bob', outcome: 'done', jobId: 'job-1', at: at(3) },
        { action: 'edit', actor: 'ann', outcome: 'failed', detail: 'no', letterId: id, at: at(2) },
      ],
    );
    const [newest, older] = all;
    assert.ok(newest);
    assert.deepEqual(await letters.actions({ actor: 'ann', limit: 10 }), [older]);
    assert.deepEqual(await letters.actions({ action: 'start', limit: 10 }), [newest]);
    assert.deepEqual(await letters.actions({ letterId: id, limit: 10 }), [older]);
    const before = { time: newest.at, id: newest.id };
    assert.deepEqual(await letters.actions({ before, limit: 10 }), [older]);
  }));

test('a reason that PostgreSQL cannot hold, or that is very long, does not keep a letter from being kept', () =>
  scene(async (letters) => {
    const id = await letters.record(failed('m1', 'a', `\0\ud800${'x'.repeat(10_000)}`));
    const reason = (await letters.get(id))?.reason ?? '';
    assert.equal(reason.length, 4_000);
    assert.ok(reason.startsWith('\uFFFD\uFFFDxxx'));
  }));

test('a letter is kept whatever its message holds', () =>
  scene(async (letters) => {
    const long = Array.from({ length: 5_000 }, (_, index) => (index * 7_919).toString(36)).join('');
    const strange = { ...message(long, { 'a\0': ['\0\ud800', { b: 'b' }, 1, null] }), topic: 't\0' };
    const id = await letters.record({ ...failed('m'), message: strange });
    assert.equal(await letters.record({ ...failed('m'), message: strange }), id);
    const kept = await letters.get(id);
    assert.deepEqual(kept?.message, {
      ...message(long, { 'a\uFFFD': ['\uFFFD\uFFFD', { b: 'b' }, 1, null] }),
      topic: 't\uFFFD',
    });
    assert.match(kept.messageId, /^[0-9a-f]{64}$/);
    assert.equal(kept.attempts, 2);
    const edited = await letters.change(kept, { message: message('n', '\udc00') }, edit);
    assert.deepEqual(edited?.message, message('n', '\uFFFD'));
  }));
