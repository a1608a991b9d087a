import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { simulation } from '../spec/simulation.ts';

function deleted(spec: object) {
  const made = simulation({ version: '1', ...spec });
  made.converge();
  made.deleteStack();
  return made;
}
const deletions = (made: ReturnType<typeof deleted>): readonly string[] =>
  made
    .converge()
    .map(({ writes }) =>
      writes
        .map((write) => (write.kind === 'delete' ? `${write.ref.kind}/${write.ref.name}` : write.kind))
        .join(' '),
    );

describe('when the resource goes', () => {
  test('its children go from the outside in: the way in, the gateway, each service before what it depends on', () => {
    const ingress = { hostnames: ['a.example'], parentRefs: [{ name: 'p' }] };
    const autoscale = { max: 3, cpuPercent: 70 };
    const steps = deletions(
      deleted({
        ingress,
        services: [
          { name: 'order', dependsOn: ['catalog'] },
          { name: 'gateway', autoscale },
        ],
      }),
    );
    assert.deepEqual(steps.slice(0, 3), [
      'HTTPRoute/shop-gateway',
      'HorizontalPodAutoscaler/shop-gateway',
      'Deployment/shop-gateway',
    ]);
    const at = (service: string) => steps.indexOf(`Deployment/shop-${service}`);
    assert.ok(at('order') < at('catalog'));
    assert.ok(steps.at(-2)?.includes('ConfigMap/shop-settings'));
    assert.equal(steps.at(-1), 'finalizer');
  });

  test('nothing goes with Orphan, and nothing has an owner any more', () => {
    const made = deleted({ deletionPolicy: 'Orphan' });
    const before = made.live.size;
    made.converge();
    assert.equal(made.stack(), undefined);
    assert.equal(made.live.size, before);
    assert.ok([...made.live.values()].every(({ metadata }) => (metadata.ownerReferences ?? []).length === 0));
  });

  test('a namespace that goes, too, does not wait', () => {
    const made = deleted({});
    made.overrides = { namespaceTerminating: true };
    assert.deepEqual(deletions(made), ['finalizer']);
  });

  test('a resource that became invalid goes as well', () => {
    const made = deleted({});
    made.edit({ version: '' });
    assert.equal(deletions(made).at(-1), 'finalizer');
    assert.equal(made.live.size, 0);
  });

  test('without our mark on it, it is not ours to hold', () => {
    const made = simulation({ version: '1' });
    made.deleteStack();
    assert.deepEqual(made.reconcile().writes, []);
  });
});
