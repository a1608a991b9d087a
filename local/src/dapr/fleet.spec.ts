import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryLogger } from '@ecommercestack/kit/testing';
import { createFleet } from './fleet.ts';
import type { Instance } from './instances.ts';
import type { Member } from './member.ts';

const instance = (name: string): Instance => {
  const service = name.startsWith('gateway') ? 'gateway' : 'order';
  return { name, service, variant: 'stable', appId: service };
};
const instances = (...names: readonly string[]) => names.map(instance);

/** A fleet whose members write down what happens to them; one named `broken` cannot be started. */
function fleetOf(log: string[]) {
  const start = async ({ name }: Instance): Promise<Member> => {
    if (name === 'broken') throw new Error('broken cannot be started');
    log.push(`${name} started`);
    return {
      instance: instance(name),
      adminUrl: '',
      ports: { app: 0, admin: 0, http: 0, grpc: 0, internal: 0, metrics: 0 },
      processes: () => [],
      withdraw: () => void log.push(`${name} withdrawn`),
      stop: async () => void log.push(`${name} stopped`),
    };
  };
  return createFleet({ start, logger: memoryLogger(), onChange: () => undefined, settleMs: 0 });
}

const namesIn = (fleet: ReturnType<typeof fleetOf>) => fleet.members().map((member) => member.instance.name);

describe('the fleet', () => {
  test('starts what is missing and leaves the others alone', async () => {
    const log: string[] = [];
    const fleet = fleetOf(log);
    await fleet.grow(instances('order-1'));
    await fleet.grow(instances('order-1', 'order-2'));
    assert.deepEqual(log, ['order-1 started', 'order-2 started']);
  });

  test('stops again what it started together with one that cannot be started', async () => {
    const log: string[] = [];
    const fleet = fleetOf(log);
    await fleet.grow(instances('order-1'));
    await assert.rejects(fleet.grow(instances('order-1', 'order-2', 'broken')), /broken/);
    assert.deepEqual(log.slice(1), ['order-2 started', 'order-2 stopped']);
    assert.deepEqual(namesIn(fleet), ['order-1']);
  });

  test('takes the name of what is not wanted before it stops it', async () => {
    const log: string[] = [];
    const fleet = fleetOf(log);
    await fleet.grow(instances('order-1', 'order-2'));
    await fleet.shrink(instances('order-1'));
    assert.deepEqual(log.slice(2), ['order-2 withdrawn', 'order-2 stopped']);
    assert.deepEqual(namesIn(fleet), ['order-1']);
  });

  test('ends with the gateway first', async () => {
    const log: string[] = [];
    const fleet = fleetOf(log);
    await fleet.grow(instances('order-1', 'gateway-1'));
    await fleet.stop();
    assert.deepEqual(log.slice(2), ['gateway-1 stopped', 'order-1 stopped']);
    assert.deepEqual(namesIn(fleet), []);
  });
});
