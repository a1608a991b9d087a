import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DeadLetterAction, DeadLetterReplay } from '@ecommercestack/contracts';
import { Client } from '../src/client.ts';
import { setAsideAtInventory } from '../src/dead-letters.ts';
import { eventually } from '../src/eventually.ts';
import { assertInvariants } from '../src/invariants.ts';
import { Platform } from '../src/platform.ts';
import { snapshot } from '../src/product.ts';
import { describeDeadLetters } from '../src/spec/dead-letters.ts';

describeDeadLetters((options) => Platform.start(options));

describe('a crash in the middle of a replay', () => {
  const COUNT = 12;
  let platform: Platform;
  before(async () => {
    platform = await Platform.start();
  });
  after(() => platform.stop());

  test('goes on after the last letter that was counted, and none has its effect twice', async () => {
    for (let index = 0; index < COUNT; index += 1)
      await setAsideAtInventory(platform, `CRASH-${index}`, { product: snapshot(`CRASH-${index}`) });
    const begun = await new Client(platform.access.url, platform.access.adminToken).post<DeadLetterReplay>(
      '/api/ops/dead-letters/replays',
      { service: 'inventory', limits: { perSecond: 5 } },
    );
    const path = `/api/ops/dead-letters/replays/${begun.body.replayId}`;
    const until = (what: string, enough: (part: DeadLetterReplay['parts'][number]) => boolean) =>
      eventually(what, async () => {
        const client = new Client(platform.access.url, platform.access.adminToken);
        const [part] = (await client.get<DeadLetterReplay>(path)).body.parts;
        return part !== undefined && enough(part) && part;
      });
    const before = await until('some letters are replayed', ({ handled }) => handled >= 3);
    await platform.kill9();
    assert.ok(before.handled < COUNT, 'the crash came in the middle');
    await platform.start();
    const { status, handled, failed } = await until('the replay ends', (part) => part.status !== 'running');
    assert.deepEqual([status, handled, failed], ['done', COUNT, 0]);
    const client = new Client(platform.access.url, platform.access.adminToken);
    const { items } = (
      await client.get<{ items: readonly DeadLetterAction[] }>('/api/ops/audit?action=replay&limit=100')
    ).body;
    assert.equal(new Set(items.map(({ letterId }) => letterId)).size, COUNT);
    assert.ok(items.every(({ outcome }) => outcome === 'handled' || outcome === 'duplicate'));
    await assertInvariants(platform);
  });
});
