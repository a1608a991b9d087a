import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCache, type Entry } from './cache.ts';

const entry = (id: string, version: number, group = 'shop'): Entry<number> => ({
  id,
  version,
  group,
  value: version,
});

function told() {
  const changes: string[] = [];
  const cache = createCache<number>((before, after) =>
    changes.push(`${(after ?? before)?.id} ${before?.version ?? '-'}→${after?.version ?? '-'}`),
  );
  return { cache, changes };
}

const byNumber = (one: number, other: number) => one - other;

describe('the cache', () => {
  test('finds what belongs together, also when it moves', () => {
    const { cache } = told();
    cache.put(entry('a', 1, 'one'));
    cache.put(entry('b', 2, 'one'));
    cache.put(entry('a', 3, 'other'));
    assert.deepEqual([cache.inGroup('one'), cache.inGroup('other'), cache.inGroup('none')], [[2], [3], []]);
    cache.remove('b', 4);
    assert.deepEqual([cache.inGroup('one'), cache.size], [[], 1]);
  });

  test('takes the answer to a write at once, and the same from the watch is no news', () => {
    const { cache, changes } = told();
    cache.put(entry('a', 1));
    cache.putOwn(entry('a', 2));
    cache.put(entry('a', 2));
    assert.deepEqual([changes, cache.get('a')], [['a -→1', 'a 1→2'], 2]);
  });

  test('is not led back by a watch that is late', () => {
    const { cache } = told();
    cache.putOwn(entry('a', 5));
    cache.put(entry('a', 4));
    cache.remove('a', 4);
    assert.equal(cache.get('a'), 5);
  });

  test('brings nothing back that was deleted since it was written', () => {
    const { cache } = told();
    cache.put(entry('a', 1));
    cache.remove('a', 3);
    cache.putOwn(entry('a', 2));
    assert.equal(cache.get('a'), undefined);
  });

  test('a list takes away what it lacks, but for what is newer than it', () => {
    const { cache, changes } = told();
    cache.put(entry('gone', 1));
    cache.put(entry('kept', 2));
    cache.putOwn(entry('new', 9));
    changes.length = 0;
    cache.replace([entry('kept', 2)], 5);
    assert.deepEqual([changes, [...cache.values()]], [['gone 1→-'], [2, 9]]);
  });

  test('a list of a cluster that was restored from a copy is believed, older as it is', () => {
    const { cache } = told();
    cache.put(entry('a', 90));
    cache.put(entry('b', 91));
    cache.replace([entry('a', 40)], 50);
    assert.deepEqual([cache.get('a'), cache.get('b')], [40, undefined]);
    cache.put(entry('a', 51));
    assert.equal(cache.get('a'), 51);
  });

  const id = fc.constantFrom('a', 'b', 'c');
  const action = fc.oneof(
    fc.record({ kind: fc.constantFrom('write' as const, 'write' as const, 'delete' as const), id }),
    fc.record({
      kind: fc.constantFrom('watch' as const, 'watch' as const, 'answer' as const, 'list' as const),
      id,
    }),
  );

  test('ends up with what the server holds, in whatever order lists, watches and answers come', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { cache } = told();
        let version = 0;
        let watched = 0;
        const server = new Map<string, Entry<number>>();
        const log: { version: number; id: string; entry: Entry<number> | undefined }[] = [];
        const answers: Entry<number>[] = [];
        const watchOne = () => {
          const next = log.find((event) => event.version > watched);
          if (next === undefined) return;
          watched = next.version;
          if (next.entry === undefined) cache.remove(next.id, next.version);
          else cache.put(next.entry);
        };
        for (const one of actions) {
          if (one.kind === 'write') {
            const written = entry(one.id, (version += 1), `group-${version % 2}`);
            server.set(one.id, written);
            log.push({ version, id: one.id, entry: written });
            answers.push(written);
          }
          if (one.kind === 'delete' && server.delete(one.id))
            log.push({ version: (version += 1), id: one.id, entry: undefined });
          if (one.kind === 'watch') watchOne();
          // Answers are not in order either: several workers write.
          if (one.kind === 'answer')
            for (const late of answers.splice(version % Math.max(1, answers.length), 1)) cache.putOwn(late);
          if (one.kind === 'list') {
            cache.replace([...server.values()], version);
            watched = version;
          }
        }
        while (watched < version) watchOne();
        for (const late of answers) cache.putOwn(late);
        const expected = [...server.values()].map(({ value }) => value).toSorted(byNumber);
        assert.deepEqual([...cache.values()].toSorted(byNumber), expected);
        const grouped = ['group-0', 'group-1'].flatMap((group) => cache.inGroup(group)).toSorted(byNumber);
        assert.deepEqual(grouped, expected);
      }),
      { numRuns: 500 },
    );
  });
});
