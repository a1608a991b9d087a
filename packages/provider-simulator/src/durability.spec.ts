import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openLedger } from './ledger.ts';
import { spawnSimulator } from './testing.ts';

describe('the ledger', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'simulator-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  const authorise = async (url: string, order: string): Promise<string> => {
    const fields = {
      amount: '100',
      currency: 'eur',
      payment_method: 'tok_ok',
      capture_method: 'manual',
      confirm: 'true',
    };
    const body = new URLSearchParams({ ...fields, 'metadata[order_id]': order });
    const headers = { 'idempotency-key': order };
    const response = await fetch(`${url}/v1/payment_intents`, { method: 'POST', body, headers });
    return await response.text();
  };

  it('keeps every answered request over kill -9, and answers its key as before', async () => {
    const first = await spawnSimulator({ dataDir });
    const answers = new Map<string, string>();
    let killed = false;
    const load = Array.from({ length: 8 }, async (_, worker) => {
      for (let i = 0; !killed; i += 1) {
        const order = `order-${worker}-${i}`;
        const answer = await authorise(first.url, order).catch(() => undefined);
        if (answer !== undefined) answers.set(order, answer);
        if (answers.size === 200) {
          killed = true;
          await first.stop('SIGKILL');
        }
      }
    });
    await Promise.all(load);

    const second = await spawnSimulator({ dataDir });
    try {
      const recorded = new Set((await second.ledger()).map((entry) => entry.order_id));
      for (const [order, answer] of answers) {
        assert.ok(recorded.has(order), order);
        assert.equal(await authorise(second.url, order), answer);
      }
      assert.equal((await second.ledger()).length, recorded.size);
    } finally {
      await second.stop();
    }
  });

  it('cuts a torn last line and goes on after it', async () => {
    const path = join(dataDir, 'x.ndjson');
    await appendFile(path, '{"seq":1}\n{"seq":2,"na');
    const { ledger, entries } = await openLedger(dataDir, 'x.ndjson');
    await Promise.all([ledger.append({ seq: 2 }), ledger.append({ seq: 3 })]);
    await ledger.close();
    assert.deepEqual(entries, [{ seq: 1 }]);
    assert.equal(await readFile(path, 'utf8'), '{"seq":1}\n{"seq":2}\n{"seq":3}\n');
  });

  it('refuses to open a damaged file', async () => {
    await appendFile(join(dataDir, 'x.ndjson'), '{"seq":1}\nnoise\n{"seq":3}\n');
    await assert.rejects(openLedger(dataDir, 'x.ndjson'), /line 2 is damaged/);
  });
});
