import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKeepAlive } from './keep-alive.ts';
import { eventually, memoryLogger } from './testing.ts';

describe('a connection that is kept alive', () => {
  const never = () => new Promise<never>(() => {});
  const start = (ping: () => Promise<unknown>, isReady = () => true) => {
    const calls: string[] = [];
    const count = (name: string) => calls.filter((call) => call === name).length;
    const keepAlive = createKeepAlive({
      connection: {
        get isReady() {
          return isReady();
        },
        ping: () => {
          calls.push('ping');
          return ping();
        },
        destroy: () => void calls.push('destroy'),
        connect: () => {
          calls.push('connect');
          return Promise.reject(new Error('refused'));
        },
      },
      logger: memoryLogger('spec'),
      everyMs: 1,
      limitMs: 20,
    });
    keepAlive.start();
    return { keepAlive, calls, count };
  };

  it('is made anew when no answer comes, and asked again', async () => {
    const { keepAlive, calls, count } = start(never);
    await eventually(() => assert.ok(count('ping') >= 3));
    await keepAlive.stop();
    assert.deepEqual(calls.slice(0, 4), ['ping', 'destroy', 'connect', 'ping']);
  });

  it('is left alone while it answers, if only with an error', async () => {
    const answers = [() => Promise.resolve('PONG'), () => Promise.reject(new Error('LOADING'))];
    for (const ping of answers) {
      const { keepAlive, calls, count } = start(ping);
      await eventually(() => assert.ok(count('ping') >= 5));
      await keepAlive.stop();
      assert.deepEqual(new Set(calls), new Set(['ping']));
    }
  });

  it('is not asked while its client connects', async () => {
    let looks = 0;
    const { keepAlive, calls } = start(never, () => {
      looks += 1;
      return false;
    });
    await eventually(() => assert.ok(looks >= 3));
    await keepAlive.stop();
    assert.deepEqual(calls, []);
  });
});
