import { setTimeout as wait } from 'node:timers/promises';

/**
 * Retries `assertion` until it holds, for what happens some time later. Throws its last failure once
 * `limitMs` has passed: a limit for broken code, not a measurement.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, limitMs = 20_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(5);
    }
  }
}
