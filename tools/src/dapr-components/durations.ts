/** Durations as Go writes them, and how long a retry lasts. */
import type { Retry } from './schema.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `1m30s` to milliseconds. */
export function millisecondsOf(duration: string): number {
  return [...duration.matchAll(/([0-9.]+)(ms|s|m|h)/g)].reduce(
    (total, [, count = '0', unit = '']) => total + Number(count) * (UNITS[unit] ?? Number.NaN),
    0,
  );
}

/** The shortest time from the first failure to the last; exponential steps are half as long at least (Dapr's jitter). */
export function leastRetryMs({ policy, duration = '5s', maxInterval = '60s', maxRetries }: Retry): number {
  if (policy === 'constant') return millisecondsOf(duration) * maxRetries;
  let total = 0;
  for (let retry = 0; retry < maxRetries; retry += 1) {
    total += Math.min(500 * 1.5 ** retry, millisecondsOf(maxInterval)) / 2;
  }
  return total;
}
