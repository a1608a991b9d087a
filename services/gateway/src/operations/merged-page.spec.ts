import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageReaders, type MessageReader } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { mergePage, placesAfter, type Entry, type ServicePlace } from './merged-page.ts';

interface Letter extends Entry {
  readonly at: string;
}

const atSecond = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();

/** What a service would answer: newest first, after the place, by its own rule. */
function serviceList(letters: readonly Letter[], place: ServicePlace | undefined, limit: number) {
  return letters
    .filter(({ at, id }) => {
      if (place === undefined) return true;
      return at === place.time ? BigInt(id) < BigInt(place.id) : at < place.time;
    })
    .toSorted((a, b) => (a.at === b.at ? Number(BigInt(b.id) - BigInt(a.id)) : a.at < b.at ? 1 : -1))
    .slice(0, limit);
}

const anyLetters = fc.uniqueArray(
  fc.record({
    service: fc.constantFrom(...messageReaders),
    id: fc.integer({ min: 1, max: 40 }).map(String),
    at: fc.integer({ min: 0, max: 5 }).map(atSecond),
  }),
  { selector: ({ service, id }) => `${service}:${id}`, maxLength: 60 },
);

test('page after page shows each letter of each service once, newest first, however many are as old', () => {
  fc.assert(
    fc.property(anyLetters, fc.integer({ min: 1, max: 20 }), (letters, limit) => {
      const seen: Letter[] = [];
      let cursor: string | undefined;
      do {
        const placeOf: (service: MessageReader) => ServicePlace | undefined =
          cursor === undefined ? () => undefined : (placesAfter(cursor) ?? assert.fail());
        const lists = messageReaders.map((service) =>
          serviceList(
            letters.filter((each) => each.service === service),
            placeOf(service),
            limit + 1,
          ),
        );
        const page = mergePage(lists, limit, ({ at }) => at);
        assert.ok(page.items.length <= limit);
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.equal(seen.length, letters.length);
      assert.deepEqual(new Set(seen), new Set(letters));
      const times = seen.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted().toReversed());
    }),
  );
});

test('a cursor that is not ours is recognised', () => {
  for (const cursor of ['x', '', Buffer.from('1 17').toString('base64url')])
    assert.equal(placesAfter(cursor), undefined);
});
