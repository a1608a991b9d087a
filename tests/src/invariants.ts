/** Runs the invariant checker against a platform that has come to rest. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, readFacts } from '@ecommercestack/invariants';
import type { Platform } from './platform.ts';

const SETTLE_MS = 60_000;

/** Waits until everything has ended; what is wrong then is wrong. */
export async function assertInvariants(platform: Platform, accepted: readonly string[] = []): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const violations = check(await readFacts(platform.access), { settled: true, accepted });
    if (violations.length === 0) return;
    if (Date.now() > deadline) assert.deepEqual(violations.slice(0, 20), []);
    await sleep(250);
  }
}
