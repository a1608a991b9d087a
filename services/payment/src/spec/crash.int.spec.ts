/** kill -9 between the commit that asks for a call and the commit that records what came of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { spawnSimulator } from '@ecommercestack/provider-simulator/testing';
import type { SpawnedSimulator } from '@ecommercestack/provider-simulator/testing';
import type { CrashOperation, CrashPlan, CrashPoint } from './fixtures/crash-child.ts';
import { startHarness } from './harness.ts';

const books: Record<CrashOperation, { readonly status: string; readonly entries: readonly string[] }> = {
  authorise: { status: 'authorised', entries: ['authorised'] },
  capture: { status: 'captured', entries: ['authorised', 'captured'] },
  void: { status: 'voided', entries: ['authorised', 'canceled'] },
  refund: { status: 'refunded', entries: ['authorised', 'captured', 'refunded'] },
};

// Most of a case is waiting: for the time after which the next life asks what became of a call.
describe('a payment service that is killed', { concurrency: 4 }, () => {
  let dataDir: string;
  let simulator: SpawnedSimulator;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'payment-crash-'));
    simulator = await spawnSimulator({ dataDir });
  });
  after(async () => {
    await simulator.stop();
    await rm(dataDir, { recursive: true });
  });

  async function crash(plan: CrashPlan): Promise<void> {
    const program = fileURLToPath(new URL('./fixtures/crash-child.ts', import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
  }

  for (const operation of ['authorise', 'capture', 'void', 'refund'] as const) {
    for (const point of ['before-call', 'after-call'] satisfies CrashPoint[]) {
      it(`${point} of ${operation} finishes it once in its next life`, async () => {
        const orderId = randomUUID();
        // A database of its own, so that no other case's next life finishes this one's call.
        const database = await createTestDatabase();
        const { connectionString } = database;
        await crash({ connectionString, providerUrl: simulator.url, orderId, operation, point });
        const next = await startHarness({ providerUrl: simulator.url, connectionString });
        await next.expectStatus(orderId, books[operation].status);
        await next.stop();
        await database.drop();
        const entries = (await simulator.ledger()).filter((entry) => entry.order_id === orderId);
        assert.deepEqual(
          entries.map((entry) => entry.type),
          books[operation].entries,
        );
      });
    }
  }
});
