import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StockLevel } from '@ecommercestack/contracts';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { createLatestLevels } from './latest-levels.ts';
import { createStockFeed } from './stock-feed.ts';

const level = (sku: string, version: number): StockLevel => ({ sku, available: version, version });

/** A log that the spec writes to, and that counts its readers. */
function fakeLog() {
  let levels = createLatestLevels();
  const log = {
    opened: 0,
    open: 0,
    write: (next: StockLevel) => levels.offer(next),
    fail: () => levels.close(new Error('lost')),
  };
  const follow = async (signal: AbortSignal): Promise<AsyncIterable<StockLevel>> => {
    levels = createLatestLevels();
    log.opened += 1;
    log.open += 1;
    const mine = levels;
    signal.addEventListener('abort', () => {
      log.open -= 1;
      mine.close();
    });
    return levels;
  };
  return { log, feed: createStockFeed({ follow, logger: memoryLogger() }) };
}

async function takeOne(levels: AsyncIterable<StockLevel>): Promise<StockLevel | undefined> {
  for await (const next of levels) return next;
  return undefined;
}

void test('a slow watcher gets the latest level of each SKU', async () => {
  const levels = createLatestLevels();
  for (let version = 1; version <= 1_000; version += 1) levels.offer(level(`S${version % 2}`, version));
  levels.close();
  const seen: StockLevel[] = [];
  for await (const next of levels) seen.push(next);
  assert.deepEqual(seen, [level('S1', 999), level('S0', 1_000)]);
});

void test('many watchers share one reader, which ends with the last of them', async () => {
  const { log, feed } = fakeLog();
  const controllers = [1, 2, 3].map(() => new AbortController());
  const watchers = await Promise.all(controllers.map(({ signal }) => feed.watch(undefined, signal)));
  assert.equal(log.opened, 1);
  log.write(level('TEA', 1));
  assert.deepEqual(
    await Promise.all(watchers.map(takeOne)),
    [1, 2, 3].map(() => level('TEA', 1)),
  );
  controllers.slice(1).forEach((controller) => controller.abort());
  assert.equal(log.open, 1);
  controllers[0]?.abort();
  assert.equal(log.open, 0);
  await feed.watch(undefined, new AbortController().signal);
  assert.equal(log.opened, 2);
  await feed.close();
  assert.equal(log.open, 0);
});

void test('a watcher sees its own SKUs only', async () => {
  const { log, feed } = fakeLog();
  const watching = await feed.watch(['TEA'], new AbortController().signal);
  log.write(level('CUP', 1));
  log.write(level('TEA', 2));
  assert.deepEqual(await takeOne(watching), level('TEA', 2));
  await feed.close();
});

void test('a reader that breaks ends its watchers with an error; the next watcher starts another', async () => {
  const { log, feed } = fakeLog();
  const watching = await feed.watch(undefined, new AbortController().signal);
  const next = takeOne(watching);
  log.fail();
  await assert.rejects(next, /can no longer be followed/);
  await feed.watch(undefined, new AbortController().signal);
  assert.equal(log.opened, 2);
  await feed.close();
});
