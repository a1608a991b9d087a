import type { Clock } from '../ports.ts';

/** Stands still until it is moved. */
export function fakeClock(start: Date | string = '2030-01-01T00:00:00.000Z'): Clock & {
  advance(ms: number): void;
  set(time: Date | string): void;
} {
  let now = new Date(start);
  return {
    now: () => new Date(now),
    advance: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    set: (time) => {
      now = new Date(time);
    },
  };
}
