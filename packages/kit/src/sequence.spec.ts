import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSequence, whileRunning } from './sequence.ts';

function scene(failing: { readonly start?: string; readonly stop?: readonly string[] } = {}) {
  const log: string[] = [];
  const step = async (verb: 'start' | 'stop', name: string) => {
    await Promise.resolve();
    log.push(`${verb} ${name}`);
    const fails = verb === 'start' ? failing.start === name : failing.stop?.includes(name);
    if (fails === true) throw new Error(`${verb} ${name} failed`);
  };
  const part = (name: string) => ({ start: () => step('start', name), stop: () => step('stop', name) });
  return { log, sequence: createSequence([part('a'), part('b'), {}, part('c')]) };
}

describe('a sequence of parts', () => {
  it('starts them one after the other and stops them in reverse, once', async () => {
    const { log, sequence } = scene();
    await sequence.start();
    await sequence.stop();
    await sequence.stop();
    assert.deepEqual(log, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  it('stops all of them where one cannot start, also those that hold something from their making', async () => {
    const { log, sequence } = scene({ start: 'b' });
    await assert.rejects(sequence.start(), /^Error: start b failed$/);
    assert.deepEqual(log, ['start a', 'start b', 'stop c', 'stop b', 'stop a']);
  });

  it('reports both failures where one cannot start and another cannot stop', async () => {
    const { log, sequence } = scene({ start: 'c', stop: ['b'] });
    await assert.rejects(sequence.start(), (error) => {
      assert.ok(error instanceof SuppressedError);
      assert.match(String(error.suppressed), /start c failed/);
      assert.match(String(error.error), /stop b failed/);
      return true;
    });
    assert.equal(log.at(-1), 'stop a');
  });

  it('stops the others where one cannot stop, and then says so', async () => {
    const { log, sequence } = scene({ stop: ['b'] });
    await sequence.start();
    await assert.rejects(sequence.stop(), /stop b failed/);
    assert.equal(log.at(-1), 'stop a');
  });
});

describe('a part from something that is begun', () => {
  it('ends what it began, and nothing that it did not begin', async () => {
    const log: string[] = [];
    const part = whileRunning(() => {
      log.push('begin');
      return () => log.push('end');
    });
    await part.stop?.();
    assert.deepEqual(log, []);
    await part.start?.();
    await part.stop?.();
    assert.deepEqual(log, ['begin', 'end']);
  });
});
