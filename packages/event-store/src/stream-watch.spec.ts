import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from './read-events.ts';
import { createStreamWatch, type Follower } from './stream-watch.ts';

const follower = (streamId: string): Follower => ({
  streamId,
  version: () => 0,
  wake: () => undefined,
  offer: () => undefined,
});

test('followers that come and go while a poll is under way share the next one', async () => {
  let [asking, most, asked] = [0, 0, 0];
  const query = async () => {
    asked += 1;
    asking += 1;
    most = Math.max(most, asking);
    await sleep(10);
    asking -= 1;
    return { rows: [] };
  };
  const watch = createStreamWatch({ query } as unknown as Queryable, 1, (error) =>
    assert.fail(String(error)),
  );
  let leave = watch.add(follower('a'));
  while (asked < 20) {
    if (asking > 0) {
      leave();
      leave = watch.add(follower('b'));
    }
    await sleep(1);
  }
  leave();
  assert.equal(most, 1);
});
