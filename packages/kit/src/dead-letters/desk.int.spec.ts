import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scene } from './spec-support.ts';

const READING = [
  'list-dead-letters',
  'group-dead-letters',
  'get-dead-letter',
  'list-dead-letter-actions',
] as const;
const ACTING = [
  'edit-dead-letter',
  'replay-dead-letter',
  'discard-dead-letter',
  'stop-dead-letter-replay',
] as const;

describe('the desk of dead letters', () => {
  test('shows a letter with its message, what is wrong with it, and what happened to it', () =>
    scene(async ({ setAside, ask, refusal }) => {
      const id = await setAside('m1', { text: 1 }, 'a malformed noted');
      const { advice, history, message, ...summary } = await ask('get-dead-letter', { id });
      assert.deepEqual(message['data'], { text: 1 });
      assert.deepEqual([advice.suggestion, advice.problems[0]?.path], ['edit', 'data.text']);
      assert.deepEqual(
        history.map(({ action, actor, outcome, detail }) => [action, actor, outcome, detail]),
        [['set-aside', 'system', 'failed', 'a malformed noted']],
      );
      assert.deepEqual(await ask('list-dead-letters', { limit: 5 }), { items: [summary] });
      const [group] = (await ask('group-dead-letters', {})).items;
      assert.deepEqual(
        [group?.count, group?.pattern, group?.exampleId, group?.suggestion],
        [1, 'a malformed noted', id, 'edit'],
      );
      assert.equal(await refusal('get-dead-letter', { id: '999' }), 'not-found');
    }));

  test('an edit must fit the contract and the version that was read; the original is kept', () =>
    scene(async ({ setAside, ask, refusal }) => {
      const id = await setAside('m1', { text: 1 });
      const edit = { id, data: { text: 'one' }, expectedVersion: 1 };
      assert.equal(await refusal('edit-dead-letter', { ...edit, data: { text: 2 } }), 'invalid-request');
      const blind = { id, data: { text: 'one' } };
      assert.equal(await refusal('edit-dead-letter', blind), 'precondition-required');
      const edited = await ask('edit-dead-letter', edit);
      assert.deepEqual([edited.version, edited.edited, edited.advice.problems], [2, true, []]);
      assert.deepEqual([edited.message['data'], edited.original?.['data']], [{ text: 'one' }, { text: 1 }]);
      assert.deepEqual(await ask('edit-dead-letter', edit), edited, 'a repeat');
      assert.equal(await refusal('edit-dead-letter', { ...edit, data: { text: 'two' } }), 'version-conflict');
      const { detail, actor } = edited.history.at(-1) ?? {};
      assert.deepEqual([detail, actor], ['changed text', 'ann'], 'names, not values');
    }));

  test('a payment token is not shown, and is still there after an edit of something else', () =>
    scene(async ({ setAside, ask, letters }) => {
      const id = await setAside('m1', { text: 'tok_ok', more: 1 });
      const { message } = await ask('get-dead-letter', { id });
      assert.doesNotMatch(JSON.stringify(message), /tok_ok/);
      const { text } = message['data'] as { text: string };
      const { edited } = await ask('edit-dead-letter', { id, data: { text }, expectedVersion: 1 });
      assert.equal(edited, true);
      assert.deepEqual((await letters.get(id))?.message.data, { text: 'tok_ok' });
    }));

  test('a replay that is handled closes the letter, and is run once', () =>
    scene(async ({ setAside, ask, answerWith, effects, handleOnce, refusal }) => {
      const id = await setAside('m1');
      answerWith(handleOnce);
      const { outcome, letter } = await ask('replay-dead-letter', { id });
      assert.deepEqual([outcome, letter.status, letter.attempts], ['handled', 'replayed', 8]);
      const repeat = await ask('replay-dead-letter', { id, expectedVersion: 1 });
      assert.deepEqual(repeat, { outcome: 'already-replayed', letter });
      assert.equal(effects.get('m1'), 1);
      const late = { id, data: { text: 'x' }, expectedVersion: letter.version, reason: 'too late' };
      assert.equal(await refusal('edit-dead-letter', late), 'dead-letter-closed');
      assert.equal(await refusal('discard-dead-letter', late), 'dead-letter-closed');
    }));

  for (const [name, fail] of [
    ['refused', () => Promise.resolve({ kind: 'drop', reason: 'still 1 wrong' } as const)],
    ['put off', () => Promise.resolve({ kind: 'retry', reason: 'still 1 wrong' } as const)],
    ['thrown at', () => Promise.reject(new Error('still 1 wrong'))],
  ] as const) {
    test(`a replay that is ${name} leaves the letter open, with one attempt more and the new reason`, () =>
      scene(async ({ setAside, ask, answerWith, clock }) => {
        const id = await setAside('m1');
        answerWith(fail);
        clock.advance(1_000);
        const { outcome, reason, letter } = await ask('replay-dead-letter', { id });
        assert.deepEqual([outcome, reason], ['failed', 'still 1 wrong']);
        assert.deepEqual([letter.status, letter.attempts, letter.reason], ['open', 9, 'still 1 wrong']);
        assert.equal(Date.parse(letter.lastAt) - Date.parse(letter.firstAt), 1_000);
        const { action, outcome: noted, detail } = letter.history.at(-1) ?? {};
        assert.deepEqual([action, noted, detail], ['replay', 'failed', 'still 1 wrong']);
      }));
  }

  test('a crash between handling and marking is made up for: the next replay finds a duplicate', () =>
    scene(async ({ setAside, ask, answerWith, effects, handleOnce, letters }) => {
      const id = await setAside('m1');
      const { message } = (await letters.get(id)) ?? assert.fail();
      await handleOnce(message);
      answerWith(handleOnce);
      const { outcome, letter } = await ask('replay-dead-letter', { id });
      assert.deepEqual([outcome, letter.status], ['duplicate', 'replayed']);
      assert.equal(effects.get('m1'), 1);
    }));

  test('two replays at once have one effect, and the one that fails does not open what the other has closed', () =>
    scene(async ({ setAside, ask, answerWith, effects, handleOnce }) => {
      const id = await setAside('m1');
      const first = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      answerWith(async () => {
        first.resolve();
        await closed.promise;
        return { kind: 'drop', reason: 'too late' };
      });
      const failing = ask('replay-dead-letter', { id });
      await first.promise;
      answerWith(handleOnce);
      assert.equal((await ask('replay-dead-letter', { id })).outcome, 'handled');
      closed.resolve();
      const { outcome, letter } = await failing;
      assert.deepEqual([outcome, letter.status, letter.attempts], ['failed', 'replayed', 8]);
      assert.equal(effects.get('m1'), 1);
      assert.deepEqual(
        letter.history.map((action) => action.outcome),
        ['failed', 'handled', 'failed'],
        'both are told',
      );
    }));

  test('a discarded letter is closed with the reason, once, until a replay takes it back', () =>
    scene(async ({ setAside, ask, refusal }) => {
      const id = await setAside('m1');
      const discard = { id, reason: 'of no use', expectedVersion: 1 };
      assert.equal(
        await refusal('discard-dead-letter', { ...discard, expectedVersion: 2 }),
        'version-conflict',
      );
      const discarded = await ask('discard-dead-letter', discard);
      assert.equal(discarded.status, 'discarded');
      assert.deepEqual(await ask('discard-dead-letter', discard), discarded);
      assert.equal(discarded.history.at(-1)?.detail, 'of no use');
      assert.equal((await ask('replay-dead-letter', { id })).letter.status, 'open', 'and failed again');
    }));

  test('everything that people did can be read, newest first', () =>
    scene(async ({ setAside, ask, clock }) => {
      const id = await setAside('m1');
      await ask('replay-dead-letter', { id });
      clock.advance(1);
      await ask('discard-dead-letter', { id, reason: 'of no use' });
      const { items } = await ask('list-dead-letter-actions', { limit: 10 });
      assert.deepEqual(
        items.map(({ action, actor, outcome, letterId }) => [action, actor, outcome, letterId]),
        [
          ['discard', 'ann', 'done', id],
          ['replay', 'ann', 'failed', id],
        ],
      );
    }));

  test('readers may look, operators may also act, and nobody else anything', () =>
    scene(async ({ setAside, refusal }) => {
      const id = await setAside('m1');
      const input = { id, limit: 5, expectedVersion: 1, reason: 'x', data: {}, replayId: 'none' };
      for (const method of READING) {
        assert.equal(await refusal(method, input, ['customer']), 'forbidden', method);
        assert.equal(await refusal(method, input, ['reader']), 'none', method);
      }
      assert.equal(await refusal('get-dead-letter-replay', input, ['reader']), 'not-found');
      for (const method of [...ACTING, 'start-dead-letter-replay'] as const)
        assert.equal(await refusal(method, input, ['reader']), 'forbidden', method);
    }));

  test('the figures tell how many are open at which consumer, and since when', () =>
    scene(async ({ setAside, figures, clock, ask }) => {
      const open = 'dead_letters_open{service="notes",consumer="notes"}';
      const age = 'dead_letters_oldest_age_seconds{service="notes",consumer="notes"}';
      assert.deepEqual(await figures('dead_letters_o'), [`${open} 0`, `${age} 0`]);
      const id = await setAside('m1');
      await setAside('m2');
      clock.advance(90_000);
      assert.deepEqual(await figures('dead_letters_o'), [`${open} 2`, `${age} 90`]);
      await ask('replay-dead-letter', { id });
      assert.match((await figures('dead_letter_replays_total')).join('\n'), /outcome="failed"\} 1/);
    }));
});
