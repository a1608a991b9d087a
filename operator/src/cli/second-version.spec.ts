import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stackSpec } from '@ecommercestack/contracts';
import { promotion, withdrawal } from './second-version.ts';
import { service, stackWith, told } from './spec/stacks.ts';
import type { Patch, Service, Stack } from './stack.ts';

/** As the API server applies it; throws where it would refuse. */
function patched(stack: Stack, patch: Patch): readonly Service[] {
  const made = structuredClone(stack) as { spec: object };
  for (const { op, path, value } of patch) {
    const keys = path.slice(1).split('/');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<object>((node, key) => Reflect.get(node, key) as object, made);
    if (op === 'test') assert.deepEqual(Reflect.get(parent, last), value);
    else if (op === 'remove') assert.ok(Reflect.has(parent, last) && Reflect.deleteProperty(parent, last));
    else {
      if (op === 'replace') assert.ok(Reflect.has(parent, last), path);
      Reflect.set(parent, last, value);
    }
  }
  const { services } = stackSpec.parse(made.spec);
  const shown = services.map(({ name, version, image, canary, blueGreen }) => ({
    name,
    version,
    image,
    canary,
    blueGreen,
  }));
  return JSON.parse(JSON.stringify(shown)) as Service[];
}

const canary = { version: '2', weight: 5 };
const ready = (stack: Stack, name: string) =>
  told(stack, { services: [service(name, { canaryImage: 'x:2', canaryReady: 1 })] });

void describe('promoting a second version', () => {
  it('names the canary as the stable version, and takes its block away', () => {
    const stack = ready(stackWith({ name: 'order' }, { name: 'catalog', canary }), 'catalog');
    const { patch } = promotion(stack, 'catalog', false);
    assert.deepEqual(patched(stack, patch)[1], { name: 'catalog', version: '2' });
  });

  it('replaces an image by a version, and a version by an image: the two exclude each other', () => {
    const before = stackWith({ name: 'catalog', image: 'mine/catalog:1', canary });
    const { patch } = promotion(before, 'catalog', true);
    assert.deepEqual(patched(before, patch), [{ name: 'catalog', version: '2' }]);
    const after = stackWith({
      name: 'catalog',
      version: '1',
      canary: { image: 'mine/catalog:2', weight: 5 },
    });
    const { patch: back } = promotion(after, 'catalog', true);
    assert.deepEqual(patched(after, back), [{ name: 'catalog', image: 'mine/catalog:2' }]);
  });

  it('makes a preview the stable version, and keeps how the two take turns', () => {
    const stack = stackWith({ name: 'catalog', blueGreen: { active: 'Preview', preview: { version: '2' } } });
    const { patch } = promotion(stack, 'catalog', true);
    assert.deepEqual(patched(stack, patch), [
      { name: 'catalog', version: '2', blueGreen: { active: 'Stable', consumers: 'Excluded' } },
    ]);
  });

  it('refuses while no pod of it is ready, unless it is forced', () => {
    const stack = stackWith({ name: 'catalog', canary });
    assert.throws(() => promotion(stack, 'catalog', false), { message: /No pod of catalog 2 is ready/ });
    assert.doesNotThrow(() => promotion(stack, 'catalog', true));
  });

  it('changes nothing when somebody else has changed the canary meanwhile', () => {
    const stack = ready(stackWith({ name: 'catalog', canary }), 'catalog');
    const { patch } = promotion(stack, 'catalog', false);
    const changed = stackWith({ name: 'catalog', canary: { version: '3', weight: 5 } });
    assert.throws(() => patched(changed, patch), assert.AssertionError);
    const moved = stackWith({ name: 'order', canary }, { name: 'catalog', canary });
    assert.throws(() => patched(moved, patch), assert.AssertionError);
  });
});

void describe('aborting a second version', () => {
  it('sends nobody to a canary, and keeps its pods', () => {
    const stack = stackWith({ name: 'catalog', canary });
    const [catalog] = patched(stack, withdrawal(stack, 'catalog', false).patch);
    assert.equal(catalog?.canary?.weight, 0);
    assert.equal(catalog?.canary?.version, '2');
  });

  it('takes a canary away', () => {
    const stack = stackWith({ name: 'catalog', canary });
    assert.deepEqual(patched(stack, withdrawal(stack, 'catalog', true).patch), [{ name: 'catalog' }]);
  });

  it('gives all calls back from a preview', () => {
    const stack = stackWith({ name: 'catalog', blueGreen: { active: 'Preview', preview: { version: '2' } } });
    const [catalog] = patched(stack, withdrawal(stack, 'catalog', false).patch);
    assert.deepEqual(catalog?.blueGreen, {
      active: 'Stable',
      preview: { version: '2' },
      consumers: 'Excluded',
    });
  });

  it('says what is there when there is nothing to abort', () => {
    const stack = stackWith({ name: 'order' }, { name: 'catalog' });
    assert.throws(() => withdrawal(stack, 'catalog', false), { message: 'catalog has no second version.' });
    assert.throws(() => withdrawal(stack, 'catalogue', false), { message: /it names order, catalog\.$/ });
  });
});
