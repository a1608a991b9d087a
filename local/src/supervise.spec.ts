import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually, memoryLogger } from '@ecommercestack/kit/testing';
import type { Child } from './parts.ts';
import { supervise } from './supervise.ts';

interface FakeChild extends Child {
  readonly die: () => void;
  readonly stopped: () => boolean;
}

function fakeChild(pid: number): FakeChild {
  const end = Promise.withResolvers<void>();
  let stopped = false;
  return {
    pid,
    ended: end.promise,
    die: end.resolve,
    stopped: () => stopped,
    stop: async () => {
      stopped = true;
      end.resolve();
    },
  };
}

/** Launches children one after another; a number in `failures` is a launch that fails. */
function launcher(failures: readonly number[] = []) {
  const children: FakeChild[] = [];
  let launches = 0;
  const launch = async (): Promise<Child> => {
    launches += 1;
    if (failures.includes(launches)) throw new Error('cannot be launched');
    const child = fakeChild(launches);
    children.push(child);
    return child;
  };
  return { children, launch, launches: () => launches };
}

const backoff = { baseMs: 1, maxMs: 2 };

describe('a supervised process', () => {
  test('that ends unasked is started again, and whoever listens is told', async () => {
    const { children, launch } = launcher();
    let changes = 0;
    const process = await supervise({
      name: 'p',
      launch,
      logger: memoryLogger(),
      backoff,
      onChange: () => (changes += 1),
    });
    assert.equal(process.pid(), 1);
    children[0]?.die();
    await process.firstEnd;
    await eventually(() => assert.equal(process.pid(), 2));
    assert.equal(changes, 2);
    await process.stop();
  });

  test('that cannot be started again is tried until it can', async () => {
    const { children, launch } = launcher([2, 3]);
    const process = await supervise({ name: 'p', launch, logger: memoryLogger(), backoff });
    children[0]?.die();
    await eventually(() => assert.equal(process.pid(), 4));
    await process.stop();
  });

  test('stays down when it was stopped', async () => {
    const { children, launch, launches } = launcher();
    const process = await supervise({ name: 'p', launch, logger: memoryLogger(), backoff });
    await process.stop();
    assert.equal(children[0]?.stopped(), true);
    assert.equal(launches(), 1);
  });

  test('is not started again when it is stopped while down', async () => {
    const { children, launch, launches } = launcher();
    const slow = { baseMs: 60_000, maxMs: 60_000 };
    const process = await supervise({ name: 'p', launch, logger: memoryLogger(), backoff: slow });
    children[0]?.die();
    await process.firstEnd;
    await process.stop();
    assert.equal(launches(), 1);
  });

  test('that is being started when it is stopped is stopped as soon as it runs', async () => {
    const { children, launch } = launcher();
    const gate = Promise.withResolvers<void>();
    const slowLaunch = async (): Promise<Child> => {
      if (children.length > 0) await gate.promise;
      return await launch();
    };
    const process = await supervise({
      name: 'p',
      launch: slowLaunch,
      logger: memoryLogger(),
      backoff,
    });
    children[0]?.die();
    await eventually(() => assert.equal(process.pid(), undefined));
    const stopped = process.stop();
    gate.resolve();
    await stopped;
    assert.ok(children.every((child) => child.stopped() || child.pid === 1));
  });

  test('that cannot be started the first time is not supervised', async () => {
    const { launch } = launcher([1]);
    await assert.rejects(supervise({ name: 'p', launch, logger: memoryLogger() }), /cannot be launched/);
  });
});
