import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeKube, type FakeKube } from '../spec/fake-kube.ts';
import { running, shop } from '../spec/reading.ts';
import { execute } from './execute.ts';
import { planFor } from './phases.ts';
import type { LiveObject } from './live.ts';
import type { World } from './world.ts';

const never = new AbortController().signal;
const DEPLOYMENT = 'Deployment/shop-order';

/** A stack whose order service is to get five pods. */
function edited(): World {
  const made = running(shop({ name: 'order', replicas: 2 }));
  made.edit(shop({ name: 'order', replicas: 5 }));
  return made.world();
}

const run = (world: World, kube: FakeKube, signal = never) =>
  execute(planFor(world), world, { kube, signal });

function heldBy(world: World, manager: string, operation: string): World {
  const object = world.live.get(DEPLOYMENT);
  assert.ok(object);
  const managedFields = [...(object.metadata.managedFields ?? []), { manager, operation }];
  const held: LiveObject = { ...object, metadata: { ...object.metadata, managedFields } };
  return { ...world, live: new Map([...world.live, [DEPLOYMENT, held]]) };
}

describe('a plan is carried out', () => {
  test('in its order, then the status, then the events', async () => {
    const kube = fakeKube();
    const { finished } = await run(edited(), kube);
    assert.ok(finished);
    assert.deepEqual(kube.calls.slice(0, 1), [`apply ${DEPLOYMENT}`]);
    assert.deepEqual(kube.calls.at(1), 'status');
    assert.ok(kube.calls.slice(2).every((call) => call.startsWith('event')));
  });

  test(
    'with all pods annotated at the same time, and the status after the last',
    { timeout: 60_000 },
    async () => {
      const kube = fakeKube();
      const waiting = Promise.withResolvers<void>();
      const names = ['a', 'b', 'c'];
      const annotatePod: FakeKube['annotatePod'] = async (namespace, name, annotations) => {
        await kube.annotatePod(namespace, name, annotations);
        if (name === names.at(-1)) waiting.resolve();
        await waiting.promise;
      };
      const world = edited();
      const plan = {
        ...planFor(world),
        writes: [{ kind: 'annotate-pods', names, annotations: {} }] as const,
      };
      await execute(plan, world, { kube: { ...kube, annotatePod }, signal: never });
      assert.deepEqual(kube.calls.slice(0, 4), ['annotate a', 'annotate b', 'annotate c', 'status']);
    },
  );

  test('without a write of the status when it is what it was', async () => {
    const kube = fakeKube();
    await run(running({ version: '1' }).world(), kube);
    assert.deepEqual(kube.calls, []);
  });

  test('up to the write before which the lease was lost', async () => {
    const stop = new AbortController();
    const world = { ...edited(), live: new Map() };
    const kube = fakeKube({ after: (count) => count === 3 && stop.abort() });
    const outcome = await run(world, kube, stop.signal);
    assert.equal(outcome.finished, false);
    assert.equal(outcome.applied.size, 3);
    assert.equal(kube.calls.length, 3);
  });

  test('up to the first that fails, which the caller hears of', async () => {
    const kube = fakeKube({ fails: (call) => call === `apply ${DEPLOYMENT}` });
    await assert.rejects(run(edited(), kube), /refused/);
    assert.deepEqual(kube.calls, [`apply ${DEPLOYMENT}`]);
  });

  test('up to a namespace that goes', async () => {
    const kube = fakeKube({ answers: new Map([[DEPLOYMENT, [{ kind: 'gone' }]]]) });
    assert.equal((await run(edited(), kube)).finished, false);
    assert.deepEqual(kube.calls, [`apply ${DEPLOYMENT}`]);
  });
});

describe('a field that is held', () => {
  const conflicts = [{ manager: 'someone', fields: ['.spec.replicas'] }];
  const answers = () => new Map([[DEPLOYMENT, [{ kind: 'conflict', conflicts } as const]]]);

  test('by somebody who applies it is left to them, and the rest goes on', async () => {
    const kube = fakeKube({ answers: answers() });
    const outcome = await run(heldBy(edited(), 'someone', 'Apply'), kube);
    assert.deepEqual([...outcome.conflicts], [[DEPLOYMENT, conflicts]]);
    assert.deepEqual(
      kube.calls.filter((call) => call.includes('force')),
      [],
    );
    assert.ok(outcome.finished);
  });

  test('by somebody who edited it is taken back', async () => {
    const kube = fakeKube({ answers: answers() });
    const outcome = await run(heldBy(edited(), 'someone', 'Update'), kube);
    assert.deepEqual([...outcome.conflicts], []);
    assert.deepEqual(kube.calls.slice(0, 2), [`apply ${DEPLOYMENT}`, `apply ${DEPLOYMENT} force`]);
  });
});

test('the number of pods is handed over by a manager of its own, which holds nothing else', async () => {
  const made = running(shop({ name: 'order', replicas: 5 }));
  made.edit(shop({ name: 'order', autoscale: { max: 9, cpuPercent: 70 } }));
  const kube = fakeKube();
  await run(made.world(), kube);
  assert.equal(kube.calls[0], `apply ${DEPLOYMENT} force as ecommercestack-handover`);
  assert.deepEqual(kube.bodies[0], {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop-order', namespace: 'default' },
    spec: { replicas: 5 },
  });
});

test('what is only observed is asked of the API server, which answers for the status', async () => {
  const made = running(shop({ name: 'order', replicas: 2 }));
  made.edit({ ...shop({ name: 'order', replicas: 5 }), mode: 'Observe' });
  const world = made.world();
  const kube = fakeKube({ live: world.live });
  await run(world, kube);
  assert.deepEqual(
    kube.calls.filter((call) => call.startsWith('apply')),
    [`apply ${DEPLOYMENT} force dry`],
  );
  assert.deepEqual(kube.status?.differences, [
    { object: DEPLOYMENT, path: 'spec.replicas', is: '2', wanted: '5' },
  ]);
});

test('a number of pods that would be handed over is no difference, though a dry run drops it to 1', async () => {
  const made = running(shop({ name: 'order', replicas: 3 }));
  made.edit({ ...shop({ name: 'order', autoscale: { max: 9, cpuPercent: 70 } }), mode: 'Observe' });
  const world = made.world();
  const live = world.live.get(DEPLOYMENT);
  assert.ok(live);
  const object = { ...live, spec: { ...(live['spec'] as object), replicas: 1 } };
  const kube = fakeKube({ answers: new Map([[DEPLOYMENT, [{ kind: 'applied', object }]]]) });
  await run(world, kube);
  const changed = kube.status?.differences?.filter((one) => one.object === DEPLOYMENT);
  assert.deepEqual(changed, []);
});
