import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { age, showDifferences, showStatus } from './show.ts';
import { BREAKER, NOW, service, stackWith, told } from './spec/stacks.ts';

const condition = (
  type: 'Ready' | 'Degraded' | 'DaprReady',
  status: 'True' | 'False',
  reason: string,
  message: string,
) => ({ type, status, reason, message, observedGeneration: 3, lastTransitionTime: '2030-01-01T00:05:00Z' });

void describe('a stack on a screen', () => {
  it('shows who gets which version while a canary is out', () => {
    const stack = told(stackWith({ name: 'catalog' }), {
      settingsRevision: 12,
      summary: { services: '1/2', canary: 'catalog', weight: '5%', breakers: 'InForce' },
      services: [
        service('gateway'),
        service('catalog', {
          ready: false,
          readyReplicas: 1,
          canaryImage: 'ecommercestack/catalog:2.0.0-rc.1',
          canaryReady: 1,
          askedWeight: 25,
          appliedWeight: 5,
          circuitBreaker: BREAKER,
          message: '1 of 2 pods are available',
        }),
      ],
      conditions: [
        condition('Ready', 'False', 'ServicesNotReady', 'not ready: catalog'),
        condition('Degraded', 'False', 'Whole', 'nothing is missing'),
        condition('DaprReady', 'False', 'DaprMissing', 'the cluster has no Dapr'),
      ],
    });
    assert.equal(
      showStatus(stack, NOW),
      `shop 1.0.0 in default, 1/2 services ready, settings 12, 3d old

   SERVICE  PODS  VERSION  SECOND      PODS  SHARE     BREAKER
✔  gateway  2/2   1.0.0    -           -     -         -
✖  catalog  1/2   1.0.0    2.0.0-rc.1  1     5% → 25%  5 failures, 60 s, 3 trials

catalog 1 of 2 pods are available

not Ready for 5m: ServicesNotReady, not ready: catalog
not DaprReady for 5m: DaprMissing, the cluster has no Dapr`,
    );
  });

  it('tells once what is wrong for one reason', () => {
    const reason = ['PubsubMissing', 'there is no Component pubsub'] as const;
    const stack = told(stackWith(), {
      conditions: [
        condition('Ready', 'False', ...reason),
        condition('Degraded', 'True', ...reason),
        condition('DaprReady', 'True', 'Installed', 'Dapr 1.18.2'),
      ],
    });
    const line = 'not Ready, Degraded for 5m: PubsubMissing, there is no Component pubsub';
    assert.equal(showStatus(stack, NOW).split('\n').at(-1), line);
  });

  it('says that nobody has looked, rather than that all is well', () => {
    assert.match(showStatus(stackWith(), NOW), /is it running\?$/);
  });

  it('says that what it shows is of the time before the last change', () => {
    const stack = told(stackWith(), { observedGeneration: 2, services: [service('order')] });
    assert.match(showStatus(stack, NOW), /not seen the last change yet \(generation 3, seen 2\)/);
  });

  it('says that it is paused, or only observed', () => {
    const stack = stackWith();
    const paused = { ...stack, spec: { ...stack.spec, paused: true } };
    const observed = { ...stack, spec: { ...stack.spec, mode: 'Observe' as const } };
    assert.match(showStatus(paused, NOW), /^shop 1\.0\.0 in default, paused, 3d old/);
    assert.match(showStatus(observed, NOW), /^shop 1\.0\.0 in default, observed only, 3d old/);
  });

  it('tells which breakers are not in force everywhere', () => {
    const pending = service('order', { circuitBreaker: { ...BREAKER, rollout: 'Pending' } });
    assert.match(showStatus(told(stackWith(), { services: [pending] }), NOW), /\(not everywhere yet\)/);
  });

  it('lists differences field by field, and whole objects', () => {
    const text = showDifferences([
      { object: 'Deployment/shop-order', path: 'spec.replicas', is: '1', wanted: '2' },
      { object: 'Deployment/shop-old', wanted: 'to be deleted' },
    ]);
    assert.deepEqual(
      text.split('\n').map((line) => line.split(/ {2,}/)),
      [
        ['OBJECT', 'FIELD', 'IS', 'WOULD BE'],
        ['Deployment/shop-order', 'spec.replicas', '1', '2'],
        ['Deployment/shop-old', 'to be deleted'],
      ],
    );
    assert.equal(showDifferences([]), 'Nothing would change.');
  });

  for (const [since, text] of [
    ['2030-01-01T00:09:52Z', '8s'],
    ['2030-01-01T00:08:30Z', '90s'],
    ['2030-01-01T00:05:00Z', '5m'],
    ['2029-12-31T19:00:00Z', '5h'],
    ['2029-12-29T00:00:00Z', '3d'],
    ['2030-01-01T00:10:05Z', '0s'],
  ] as const) {
    it(`shows the age ${text}`, () => assert.equal(age(since, NOW), text));
  }
});
