import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { freshnessOf } from './freshness.ts';
import { createHttpCache } from './http-cache.ts';
import type { StoredAnswer } from './http-cache.ts';

function scene({ maxBytes = 1_000_000 } = {}) {
  const clock = { ms: 10_000 };
  const cache = createHttpCache({ maxBytes, now: () => clock.ms });
  const stored = (version: number, changes: Partial<StoredAnswer> = {}): StoredAnswer => ({
    answer: { body: Buffer.from(`version ${version}`), headers: {} },
    freshness: { freshMs: 4_000, staleIfErrorMs: 60_000 },
    surrogateKeys: ['product:A'],
    version,
    madeAt: clock.ms - 2_000,
    ...changes,
  });
  /** Asked for now, and answered at once. */
  const keep = (key: string, answer: StoredAnswer, askedAt = clock.ms) => cache.keep(key, answer, askedAt);
  const shown = (key: string) => cache.find(key)?.stored.answer.body.toString();
  return { clock, cache, stored, keep, shown };
}
const search = { surrogateKeys: ['search:all'] };

describe('what Cache-Control allows a shared cache', () => {
  for (const [header, freshness] of [
    ['public, max-age=10, s-maxage=4, stale-if-error=60', { freshMs: 4_000, staleIfErrorMs: 60_000 }],
    ['public, max-age=10', { freshMs: 10_000, staleIfErrorMs: 0 }],
    ['public, max-age=10, s-maxage=0', undefined],
    ['private, max-age=10', undefined],
    ['public, max-age=10, no-store', undefined],
    ['', undefined],
  ] as const) {
    it(`of “${header}”`, () => assert.deepEqual(freshnessOf(header), freshness));
  }
});

describe('the HTTP cache', () => {
  it('knows how old an answer is, from when the service had it', () => {
    const { clock, cache, stored, keep } = scene();
    keep('/a', stored(1));
    clock.ms += 1_999;
    assert.deepEqual([cache.find('/a')?.ageMs, cache.find('/a')?.isFresh], [3_999, true]);
    clock.ms += 1;
    assert.equal(cache.find('/a')?.isFresh, false);
    clock.ms += 60_000;
    assert.equal(cache.find('/a'), undefined);
    assert.equal(cache.find('/b'), undefined);
  });

  it('forgets all that is about a product when it changes, and nothing else', () => {
    const { cache, stored, keep, shown } = scene();
    keep('/a', stored(1));
    keep('/a?x', stored(1));
    keep('/b', stored(1, { surrogateKeys: ['product:B'] }));
    keep('/q', stored(1, search));
    cache.apply({ products: [['A', 2]] });
    assert.deepEqual(['/a', '/a?x', '/b', '/q'].map(shown), [undefined, undefined, 'version 1', 'version 1']);
  });

  it('keeps no answer that shows less than the change told of, whenever it was asked for', () => {
    const { clock, cache, stored, keep, shown } = scene();
    cache.apply({ products: [['A', 2]] });
    clock.ms += 50;
    keep('/a', stored(1));
    assert.equal(shown('/a'), undefined);
    keep('/a', stored(2), clock.ms - 1_000);
    assert.equal(shown('/a'), 'version 2');
  });

  it('keeps no search that was asked for before the change', () => {
    const { clock, cache, stored, keep, shown } = scene();
    const askedAt = clock.ms;
    keep('/q', stored(1, search));
    clock.ms += 10;
    cache.apply({ generation: 7 });
    assert.equal(shown('/q'), undefined);
    keep('/q', stored(1, search), askedAt);
    assert.equal(shown('/q'), undefined);
    clock.ms += 1;
    keep('/q', stored(2, search));
    assert.equal(shown('/q'), 'version 2');
  });

  it('forgets by pattern, and what is being asked for, too', () => {
    const { clock, cache, stored, keep, shown } = scene();
    const askedAt = clock.ms;
    keep('/a', stored(1));
    keep('/b', stored(1, { surrogateKeys: ['product:B'] }));
    clock.ms += 1;
    cache.apply({ purge: 'product:A*' });
    keep('/a2', stored(1), askedAt);
    assert.deepEqual(['/a', '/b', '/a2'].map(shown), [undefined, 'version 1', undefined]);
  });

  it('is bounded by bytes', () => {
    const { stored, keep, shown } = scene({ maxBytes: 11_000 });
    const big = stored(1, { answer: { body: Buffer.alloc(4_000), headers: {} } });
    for (const key of ['/1', '/2', '/3']) keep(key, big);
    assert.deepEqual(
      ['/1', '/2', '/3'].map((key) => shown(key) !== undefined),
      [false, true, true],
    );
  });

  it('counts the keys, whose length others choose', () => {
    const { stored, keep, shown } = scene({ maxBytes: 11_000 });
    const keys = ['/1', '/2', '/3'].map((key) => key.padEnd(4_000, '&'));
    for (const key of keys) keep(key, stored(1));
    assert.deepEqual(
      keys.map((key) => shown(key) !== undefined),
      [false, true, true],
    );
  });

  it('never shows what is older than a change it has heard of', () => {
    const anyStep = fc.oneof(
      fc.record({ do: fc.constant('change' as const) }),
      fc.record({ do: fc.constant('ask' as const) }),
      fc.record({ do: fc.constant('answer' as const), call: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        const { clock, cache, stored, keep, shown } = scene();
        const calls: { version: number; askedAt: number }[] = [];
        let version = 1;
        let heard = 1;
        for (const step of steps) {
          clock.ms += 1;
          if (step.do === 'change') {
            version += 1;
            cache.apply({ products: [['A', version]] });
            heard = version;
          } else if (step.do === 'ask') {
            calls.push({ version, askedAt: clock.ms });
          } else {
            const call = calls[step.call];
            if (call !== undefined) keep('/a', stored(call.version, { madeAt: clock.ms }), call.askedAt);
          }
          const seen = shown('/a');
          assert.ok(seen === undefined || seen === `version ${heard}`);
        }
      }),
    );
  });
});
