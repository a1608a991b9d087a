import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 120_000;

/** Resolves when it holds. Throws when it does not within two minutes, or when asking fails at the end of them. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      if (await holds()) return;
      if (performance.now() > deadline) throw new Error(`In vain was waited until ${what}`);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(50);
  }
}
