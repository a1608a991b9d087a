import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RelayQueue, type HeldRow } from './relay-queue.ts';

function row(seq: number, key: string, earlierSeq?: number): HeldRow {
  return {
    seq: String(seq),
    earlierSeq: earlierSeq === undefined ? undefined : String(earlierSeq),
    id: String(seq),
    topic: 't',
    key,
    type: 'n',
    payload: seq,
    traceparent: undefined,
    createdAt: new Date(0),
  };
}

const take = (queue: RelayQueue, limit = 100) =>
  queue.take(limit, 100).flatMap((group) => group.map(({ seq }) => Number(seq)));

/** Rows of a few keys as the table has them, each naming the one before it in its key. */
function tableOf(keys: readonly string[]): HeldRow[] {
  const last = new Map<string, number>();
  return keys.map((key, index) => {
    const made = row(index + 1, key, last.get(key));
    last.set(key, index + 1);
    return made;
  });
}

test('in whatever order rows arrive, each key leaves in the order of the table, and all of them leave', () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 });
  fc.assert(
    fc.property(keys, fc.infiniteStream(fc.nat()), (keyOfRow, choices) => {
      const choose = (bound: number) => Number(choices.next().value) % bound;
      const queue = new RelayQueue();
      const table = tableOf(keyOfRow);
      const pending = new Set(table);
      const arriving = [...table];
      const left: HeldRow[] = [];
      while (pending.size > 0) {
        if (arriving.length > 0) queue.offer(arriving.splice(choose(arriving.length), 1));
        const blocked = queue.blocked();
        queue.resolve(
          blocked,
          new Map(
            [...blocked.keys()].map((key) => [key, [...pending].find((each) => each.key === key)?.seq ?? '']),
          ),
        );
        for (const taken of queue.take(1 + choose(3), 2).flat()) {
          if (choose(4) === 0) {
            queue.failed(taken);
            queue.retry(taken.key);
          } else {
            queue.published(taken);
            pending.delete(taken);
            left.push(taken);
          }
        }
      }
      for (const key of ['a', 'b', 'c']) {
        assert.deepEqual(
          left.filter((each) => each.key === key),
          table.filter((each) => each.key === key),
        );
      }
      assert.equal(queue.size, 0);
    }),
  );
});

test('a head in flight or resting after a failure keeps its key, not others', () => {
  const queue = new RelayQueue();
  queue.offer([row(1, 'a'), row(2, 'a', 1), row(3, 'b')]);
  assert.deepEqual(take(queue), [1, 3]);
  assert.deepEqual(take(queue), []);
  assert.equal(queue.failed(row(1, 'a')), 1);
  assert.deepEqual(take(queue), []);
  queue.retry('a');
  assert.deepEqual(take(queue), [1]);
});

test('a row behind an unknown one waits for the table, row by row', () => {
  const queue = new RelayQueue();
  queue.offer([row(11, 'a', 10), row(13, 'a', 12)]);
  assert.deepEqual(queue.blocked(), new Map([['a', '11']]));
  queue.resolve(queue.blocked(), new Map([['a', '10']]));
  assert.deepEqual(take(queue), []);
  queue.resolve(queue.blocked(), new Map([['a', '11']]));
  const [[head] = []] = queue.take(10, 10);
  assert.equal(head?.seq, '11');
  if (head !== undefined) queue.published(head);
  assert.deepEqual(queue.blocked(), new Map([['a', '13']]));
  assert.deepEqual(take(queue), []);
});

test('a head that is no longer in the table is dropped', () => {
  const queue = new RelayQueue();
  queue.offer([row(2, 'a', 1), row(3, 'a', 2)]);
  queue.resolve(queue.blocked(), new Map([['a', '3']]));
  queue.resolve(queue.blocked(), new Map([['a', '3']]));
  assert.deepEqual(take(queue), [3]);
});

test('rows come once: held rows are ignored, published ones are named for deletion', () => {
  const queue = new RelayQueue();
  const first = row(1, 'a');
  queue.offer([first, row(1, 'a')]);
  assert.equal(queue.size, 1);
  queue.take(1, 1);
  queue.published(first);
  assert.deepEqual(queue.offer([row(1, 'a')]), ['1']);
  assert.equal(queue.size, 0);
});

test('groups hold one topic and at most the batch size, and the limit counts rows of a topic', () => {
  const queue = new RelayQueue();
  const other = { ...row(9, 'z'), topic: 'u' };
  queue.offer([row(1, 'a'), row(2, 'b'), other, row(3, 'c')]);
  assert.deepEqual(
    queue.take(4, 2).map((group) => group.map(({ seq }) => seq)),
    [['1', '2'], ['3'], ['9']],
  );
  const limited = new RelayQueue();
  const [first, second] = [row(1, 'a'), row(2, 'b')];
  limited.offer([first, second, other]);
  assert.deepEqual(take(limited, 1), [1, 9]);
  assert.deepEqual(take(limited, 1), []);
  limited.published(first);
  assert.deepEqual(take(limited, 1), [2]);
  limited.failed(second);
  limited.retry('b');
  assert.deepEqual(take(limited, 1), [2]);
});
