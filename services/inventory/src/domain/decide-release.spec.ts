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
  released,
  expired,
  backOnShelf,
  verify,
} from '../spec/scenarios.ts';

verify('release and expire', [
  {
    name: 'release gives back what is held',
    given: world(shelfHeld, held),
    when: command('release'),
    expected: {
      result: { kind: 'released' },
      events: [released],
      stocks: backOnShelf,
      reservation: { state: 'released', lines },
    },
  },
  {
    name: 'release gives back what was sold',
    given: world(shelfSold, { state: 'committed', lines, expiresAt }),
    when: command('release', later(10_000)),
    expected: {
      result: { kind: 'released' },
      events: [released],
      stocks: backOnShelf,
      reservation: { state: 'released', lines },
    },
  },
  {
    name: 'release before reserve leaves a tombstone',
    given: world(shelf),
    when: command('release'),
    expected: {
      result: { kind: 'released' },
      events: [released],
      stocks: [],
      reservation: { state: 'released', lines },
    },
  },
  ...(['released', 'expired', 'refused'] as const).map((state) => ({
    name: `release is answered again when ${state}`,
    given: world(
      shelf,
      state === 'refused' ? { state, lines, reason: 'out-of-stock', skus: [] } : { state, lines },
    ),
    when: command('release'),
    expected: { result: { kind: 'released' } as const, events: [released], stocks: [] },
  })),
  {
    name: 'expire gives back a hold that is over',
    given: world(shelfHeld, held),
    when: command('expire', expiresAt),
    expected: {
      result: { kind: 'expired' },
      events: [expired],
      stocks: backOnShelf,
      reservation: { state: 'expired', lines },
    },
  },
  {
    name: 'expire leaves a hold that still runs',
    given: world(shelfHeld, held),
    when: command('expire', later(599)),
    expected: { result: { kind: 'nothing' }, events: [], stocks: [] },
  },
  ...([{ state: 'committed', lines, expiresAt }, { state: 'released', lines }, undefined] as const).map(
    (found) => ({
      name: `expire does nothing when ${found?.state ?? 'absent'}`,
      given: world(shelf, found),
      when: command('expire', later(10_000)),
      expected: { result: { kind: 'nothing' } as const, events: [], stocks: [] },
    }),
  ),
]);
