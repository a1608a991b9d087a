import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSingleFlight } from './single-flight.ts';

describe('single flight', () => {
  it('one load at a time per key, whatever the order of asking and answering', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }),
        async (s, keys) => {
          const share = createSingleFlight<string>();
          const running = new Map<string, number>();
          const load = async (key: string) => {
            running.set(key, (running.get(key) ?? 0) + 1);
            assert.equal(running.get(key), 1);
            const value = await s.schedule(Promise.resolve(`value of ${key}`));
            running.set(key, 0);
            return value;
          };
          const asked = keys.map(async (key) => {
            await s.schedule(Promise.resolve());
            assert.equal(await share(key, () => load(key)), `value of ${key}`);
          });
          await s.waitFor(Promise.all(asked));
        },
      ),
    );
  });

  it('shares one load among concurrent callers, and loads again afterwards', async () => {
    const share = createSingleFlight<number>();
    let loads = 0;
    const load = async () => (loads += 1);
    assert.deepEqual(await Promise.all([share('a', load), share('a', load), share('a', load)]), [1, 1, 1]);
    assert.equal(await share('a', load), 2);
  });

  it('a failure reaches every waiter and is not kept', async () => {
    const share = createSingleFlight<number>();
    const fail = async () => {
      throw new Error('away');
    };
    const failing = [share('a', fail), share('a', fail)];
    for (const waiting of failing) await assert.rejects(waiting, { message: 'away' });
    assert.equal(await share('a', async () => 1), 1);
  });
});
