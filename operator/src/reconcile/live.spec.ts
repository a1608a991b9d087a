import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../desired/model.ts';
import { differencesOf, needsApply, stamped, type LiveObject } from './live.ts';

const wanted = (spec: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop-order', namespace: 'default', labels: { a: 'b' } },
  spec,
});
const live = (spec: object): LiveObject => ({ ...stamped(wanted(spec)), spec });

describe('an apply is needed', () => {
  const cases: readonly (readonly [string, object, object, boolean])[] = [
    ['not when all is as wanted', { replicas: 2 }, { replicas: 2 }, false],
    ['not for what others added to an object', { replicas: 2 }, { replicas: 2, paused: false }, false],
    [
      'not for what others added to a list by name',
      { env: [{ name: 'A', value: '1' }] },
      { env: [{ name: 'B' }, { name: 'A', value: '1' }] },
      false,
    ],
    [
      'not for an empty text, which is not stored',
      { env: [{ name: 'A', value: '' }] },
      { env: [{ name: 'A' }] },
      false,
    ],
    ['for another value', { replicas: 2 }, { replicas: 3 }, true],
    ['for a missing field', { replicas: 2 }, {}, true],
    ['for a missing entry', { env: [{ name: 'A', value: '1' }] }, { env: [] }, true],
    ['for another order in a plain list', { args: ['a', 'b'] }, { args: ['b', 'a'] }, true],
    ['for an entry too many in a plain list', { args: ['a'] }, { args: ['a', 'b'] }, true],
    [
      'not for a quantity in other words',
      { resources: { limits: { cpu: '1000m' } } },
      { resources: { limits: { cpu: '1' } } },
      false,
    ],
    [
      'not for a fraction in other words',
      { resources: { limits: { cpu: '0.7' } } },
      { resources: { limits: { cpu: '700m' } } },
      false,
    ],
    [
      'not for what an autoscaler aims at in other words',
      { metrics: [{ pods: { target: { averageValue: '1000' } } }] },
      { metrics: [{ pods: { target: { averageValue: '1k' } } }] },
      false,
    ],
    ['not for an empty map, which is not stored', { nodeSelector: {} }, {}, false],
    [
      'not where two entries of a list share the name that others are told by',
      {
        parentRefs: [
          { name: 'a', sectionName: 'http' },
          { name: 'a', sectionName: 'https' },
        ],
      },
      {
        parentRefs: [
          { name: 'a', sectionName: 'http' },
          { name: 'a', sectionName: 'https' },
        ],
      },
      false,
    ],
    [
      'for another quantity',
      { resources: { limits: { cpu: '1000m' } } },
      { resources: { limits: { cpu: '2' } } },
      true,
    ],
  ];
  for (const [name, want, is, needed] of cases) {
    test(name, () => {
      const there = { ...live(want), spec: is };
      assert.equal(needsApply(wanted(want), there), needed);
      assert.equal(differencesOf(wanted(want), there).length > 0, needed);
    });
  }

  test('when a field is no longer wanted, though nothing that is wanted differs', () => {
    assert.equal(needsApply(wanted({ replicas: 2 }), live({ replicas: 2, paused: false })), true);
  });

  test('when nothing is there', () => assert.equal(needsApply(wanted({}), undefined), true));
});

test('a difference names the field, what it is and what it would be', () => {
  assert.deepEqual(
    differencesOf(wanted({ env: [{ name: 'A', value: '1' }] }), live({ env: [{ name: 'A', value: '2' }] })),
    [{ object: 'Deployment/shop-order', path: 'spec.env[A].value', is: '2', wanted: '1' }],
  );
});
