import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anySpec } from '../spec/arbitrary.ts';
import { build } from '../spec/build.ts';
import { settingsIn } from '../spec/reading.ts';
import { simulation, type Simulation } from '../spec/simulation.ts';
import { policyProblems } from '../checks/policies.ts';
import { keyOf, type KubeObject } from '../desired/model.ts';
import type { Plan } from './world.ts';

const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

const objectsIn = (plans: readonly Plan[]): readonly KubeObject[] =>
  plans.flatMap(({ writes }) => writes.flatMap((write) => (write.kind === 'apply' ? [write.object] : [])));

/** Paths of values that an API server would not keep as they are. */
function* vanishing(value: unknown, path = ''): Generator<string> {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) yield path;
  if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) yield* vanishing(field, `${path}.${name}`);
  }
}

describe('for any resource', () => {
  test('names are valid, and no two objects have one', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const objects = build(spec);
        for (const { metadata } of objects) assert.match(metadata.name, LABEL);
        assert.equal(new Set(objects.map(keyOf)).size, objects.length);
      }),
    );
  });

  test('the longest names that the rules allow still fit', () => {
    const longest = { name: 's'.repeat(25), namespace: 'default', uid: 'uid-1' };
    const own = { name: 'r'.repeat(30), image: 'own/r:1' };
    for (const { metadata } of build({ version: '1', services: [own] }, { stack: longest }))
      assert.match(metadata.name, LABEL);
  });

  test('the same world gives the same objects, byte by byte', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        assert.equal(JSON.stringify(build(spec)), JSON.stringify(build(structuredClone(spec))));
      }),
    );
  });

  test('nothing is written that would come back as a difference', () => {
    fc.assert(fc.property(anySpec, (spec) => assert.deepEqual([...vanishing(build(spec))], [])));
  });

  test('policies are such as a sidecar can read', () => {
    fc.assert(fc.property(anySpec, (spec) => assert.deepEqual(policyProblems(build(spec)), [])));
  });
});

describe('for any way from one resource to the next', () => {
  const path = fc.array(anySpec, { minLength: 1, maxLength: 3 });

  const walk = (
    specs: readonly unknown[],
    each: (shop: Simulation, plans: readonly Plan[]) => void,
  ): void => {
    const [first, ...rest] = specs;
    const shop = simulation(first);
    each(shop, shop.converge());
    for (const spec of rest) {
      shop.edit(spec);
      each(shop, shop.converge());
    }
  };

  test('it settles, and then nothing is written', () => {
    fc.assert(
      fc.property(path, (specs) => {
        walk(specs, (shop) => {
          const again = shop.reconcile();
          assert.deepEqual(again.writes, []);
          assert.deepEqual(again.events, []);
        });
      }),
      { numRuns: 12 },
    );
  });

  test('it ends where a start from nothing ends', () => {
    fc.assert(
      fc.property(path, (specs) => {
        const shop = simulation(specs[0]);
        walk(specs, (walked) => {
          shop.live.clear();
          for (const [key, object] of walked.live) shop.live.set(key, object);
        });
        const fresh = simulation(specs.at(-1));
        fresh.converge();
        assert.deepEqual([...shop.live.keys()].toSorted(), [...fresh.live.keys()].toSorted());
      }),
      { numRuns: 8 },
    );
  });

  test('every share that is ever written adds up to 100, and goes to pods that are ready', () => {
    fc.assert(
      fc.property(path, (specs) => {
        const ready = new Set<string>();
        walk(specs, (shop, plans) => {
          for (const object of objectsIn(plans)) checkShares(object);
          for (const [key, { status }] of shop.live as ReadonlyMap<
            string,
            { status?: { availableReplicas?: number } }
          >) {
            if ((status?.availableReplicas ?? 0) > 0) ready.add(key);
          }
          const { services } = settingsIn(shop);
          for (const [name, { canary }] of Object.entries(services)) {
            if ((canary?.weight ?? 0) > 0) assert.ok(ready.has(`Deployment/shop-${name}-canary`), name);
          }
        });
      }),
      { numRuns: 12 },
    );
  });

  test('killed after any write, it ends in the same place', () => {
    fc.assert(
      fc.property(anySpec, anySpec, fc.nat(80), (first, second, cut) => {
        const [whole, cutShort] = [simulation(first), simulation(first)];
        for (const shop of [whole, cutShort]) {
          shop.converge();
          shop.edit(second);
        }
        whole.converge();
        cutShort.reconcile(cut);
        cutShort.converge();
        assert.deepEqual(bodies(cutShort), bodies(whole));
      }),
      { numRuns: 12 },
    );
  });

  for (const held of [{ paused: true }, { mode: 'Observe' as const }]) {
    test(`nothing is written with ${JSON.stringify(held)}`, () => {
      fc.assert(
        fc.property(anySpec, anySpec, (first, second) => {
          const shop = simulation(first);
          shop.converge();
          shop.edit({ ...second, ...held });
          const plan = shop.reconcile();
          assert.deepEqual(plan.writes, []);
          assert.equal(plan.status?.observedGeneration, 2);
        }),
        { numRuns: 8 },
      );
    });
  }
});

function checkShares(object: KubeObject): void {
  if (object.kind !== 'HTTPRoute') return;
  const { rules } = object['spec'] as { rules: readonly { backendRefs: readonly { weight: number }[] }[] };
  for (const { backendRefs } of rules) {
    assert.equal(
      backendRefs.reduce((sum, { weight }) => sum + weight, 0),
      100,
    );
  }
}

/** Without what depends on when it was written. */
function bodies({ live }: Simulation) {
  return [...live]
    .map(([key, { spec }]) => [key, JSON.stringify(spec)])
    .toSorted(([one = ''], [other = '']) => one.localeCompare(other));
}
