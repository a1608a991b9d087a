import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settings as settingsSchema, stackSpec, type StackSpecInput } from '@ecommercestack/contracts';
import { SHOP } from '../spec/build.ts';
import { nextSettings, readSettings, settingsMap } from './settings.ts';

const spec = (services: NonNullable<StackSpecInput['services']> = []) =>
  stackSpec.parse({ version: '1', services });
const nothing = { inForce: undefined, last: 0 };

describe('the revision', () => {
  const first = nextSettings(spec(), new Map(), nothing);
  const cases = [
    ['begins with 1', spec(), nothing, 1],
    ['stays when nothing changes', spec(), { inForce: first, last: 1 }, 1],
    ['grows with a change', spec([{ name: 'order', timeout: '1s' }]), { inForce: first, last: 1 }, 2],
    ['goes on when the ConfigMap was lost', spec(), { inForce: undefined, last: 7 }, 8],
    [
      'goes on when it was set back',
      spec([{ name: 'order', timeout: '1s' }]),
      { inForce: first, last: 7 },
      8,
    ],
    [
      'stays when only what pods are made of changes',
      spec([{ name: 'order', replicas: 5 }]),
      { inForce: first, last: 1 },
      1,
    ],
  ] as const;
  for (const [name, next, before, revision] of cases) {
    test(name, () => assert.equal(nextSettings(next, new Map(), before).revision, revision));
  }
});

describe('weights', () => {
  test('are those that are due now, whatever the resource asks for', () => {
    const asked = spec([{ name: 'catalog', canary: { version: '2', weight: 50 } }]);
    assert.equal(nextSettings(asked, new Map(), nothing).services.catalog.canary, undefined);
    const due = new Map([['catalog', { version: '2', weight: 10, sticky: false }]]);
    assert.deepEqual(nextSettings(asked, due, nothing).services.catalog.canary, {
      version: '2',
      weight: 10,
      sticky: false,
      salt: 'catalog/2',
    });
  });

  test('stay for a version that the resource names no more', () => {
    const due = new Map([['order', { version: '2', weight: 10, sticky: true }]]);
    assert.equal(nextSettings(spec(), due, nothing).services.order.canary?.weight, 10);
  });
});

describe('the ConfigMap', () => {
  test('holds what every process reads', () => {
    const made = nextSettings(spec(), new Map(), nothing);
    const { data } = settingsMap(SHOP, made) as unknown as { readonly data: unknown };
    assert.deepEqual(readSettings(data), settingsSchema.parse(made));
  });

  for (const [name, data] of [
    ['missing', undefined],
    ['empty', {}],
    ['cut short', { 'settings.json': '{"revision": 1' }],
    ['of another kind', { 'settings.json': '{"revision": 0}' }],
  ] as const) {
    test(`that is ${name} counts as none`, () => assert.equal(readSettings(data), undefined));
  }
});
