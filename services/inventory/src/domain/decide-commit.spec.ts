import {
  later,
  expiresAt,
  lines,
  world,
  held,
  shelf,
  shelfHeld,
  shelfSold,
  command,
  committed,
  expired,
  commitRefused,
  backOnShelf,
  verify,
} from '../spec/scenarios.ts';

verify('commit', [
  {
    name: 'sells what is held',
    given: world(shelfHeld, held),
    when: command('commit', later(599)),
    expected: {
      result: { kind: 'committed' },
      events: [committed],
      stocks: shelfSold,
      reservation: { state: 'committed', lines, expiresAt },
    },
  },
  {
    name: 'is answered again, also after the hold would have ended',
    given: world(shelfSold, { state: 'committed', lines, expiresAt }),
    when: command('commit', later(10_000)),
    expected: { result: { kind: 'committed' }, events: [committed], stocks: [] },
  },
  {
    name: 'at the expiry is too late, swept or not: the stock goes back',
    given: world(shelfHeld, held),
    when: command('commit', expiresAt),
    expected: {
      result: { kind: 'commit-refused', reason: 'expired' },
      events: [expired, commitRefused('expired')],
      stocks: backOnShelf,
      reservation: { state: 'expired', lines },
    },
  },
  ...(['expired', 'released'] as const).map((state) => ({
    name: `is refused when ${state}`,
    given: world(shelf, { state, lines }),
    when: command('commit'),
    expected: {
      result: { kind: 'commit-refused', reason: state } as const,
      events: [commitRefused(state)],
      stocks: [],
    },
  })),
  ...[undefined, { state: 'refused', lines, reason: 'out-of-stock', skus: ['TEA'] } as const].map(
    (found) => ({
      name: `is refused when ${found === undefined ? 'nothing was reserved' : 'the reserve was refused'}`,
      given: world(shelf, found),
      when: command('commit'),
      expected: {
        result: { kind: 'commit-refused', reason: 'not-reserved' } as const,
        events: [commitRefused('not-reserved')],
        stocks: [],
      },
    }),
  ),
]);
