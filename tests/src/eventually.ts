import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until `probe` answers something; the reason names what was waited for when it never does. */
export async function eventually<T>(
  reason: string,
  probe: () => Promise<T | undefined | false>,
  { deadlineMs = 60_000, everyMs = 50 } = {},
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain: ${reason}`);
    await sleep(everyMs);
  }
}
