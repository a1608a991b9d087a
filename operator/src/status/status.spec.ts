import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CONDITION_TYPES, status as statusSchema, type Condition } from '../crd/status.ts';
import { anySpec } from '../spec/arbitrary.ts';
import { simulation } from '../spec/simulation.ts';
import { conditionsOf, type Finding, type Findings } from './conditions.ts';
import { eventsBetween } from './events.ts';

const finding = (status: Finding['status'], reason = 'Because', message = ''): Finding => ({
  status,
  reason,
  message,
});
const findings = (ready: Finding): Findings =>
  Object.fromEntries(
    CONDITION_TYPES.map((type) => [type, type === 'Ready' ? ready : finding('False')]),
  ) as Findings;
const ready = (list: readonly Condition[]) => list.find(({ type }) => type === 'Ready');

describe('conditions', () => {
  const first = conditionsOf(findings(finding('True')), [], { generation: 1, now: '2026-01-01T00:00:00Z' });
  const cases = [
    ['stays when only the reason changes', finding('True', 'Other'), '2026-01-01T00:00:00Z'],
    ['moves when the status flips', finding('False'), '2026-01-01T00:05:00Z'],
  ] as const;
  for (const [name, next, time] of cases) {
    test(`lastTransitionTime ${name}`, () => {
      const second = conditionsOf(findings(next), first, { generation: 2, now: '2026-01-01T00:05:00Z' });
      assert.deepEqual([ready(second)?.lastTransitionTime, ready(second)?.observedGeneration], [time, 2]);
      assert.equal(ready(second)?.reason, next.reason);
    });
  }
  test('are all there, each once', () =>
    assert.deepEqual(
      first.map(({ type }) => type),
      [...CONDITION_TYPES],
    ));
});

describe('events', () => {
  const at = (status: Finding['status']) => ({
    conditions: [
      ...conditionsOf(findings(finding(status, 'Why', 'how')), [], {
        generation: 1,
        now: '2026-01-01T00:00:00Z',
      }),
    ],
  });
  const cases = [
    ['a flip to worse', at('True'), at('False'), [{ type: 'Warning', reason: 'ReadyWhy', message: 'how' }]],
    ['a flip to better', at('False'), at('True'), [{ type: 'Normal', reason: 'ReadyWhy', message: 'how' }]],
    ['no change', at('True'), at('True'), []],
    ['good news about what is new', undefined, at('True'), []],
    [
      'bad news about what is new',
      undefined,
      at('False'),
      [{ type: 'Warning', reason: 'ReadyWhy', message: 'how' }],
    ],
  ] as const;
  for (const [name, before, after, expected] of cases) {
    test(name, () => {
      const told = eventsBetween(before, after).filter(({ reason }) => reason.startsWith('Ready'));
      assert.deepEqual(told, expected);
    });
  }

  test('tell of each weight once', () => {
    const shop = simulation({ version: '1' });
    shop.converge();
    shop.edit({ version: '1', services: [{ name: 'catalog', canary: { version: '2', weight: 20 } }] });
    const told = () =>
      shop.converge().flatMap(({ events }) => events.filter(({ reason }) => reason === 'WeightMoved'));
    assert.deepEqual(
      told().map(({ message }) => message),
      ['catalog: ecommercestack/catalog:2 gets 20%'],
    );
    shop.edit({ version: '1' });
    assert.deepEqual(
      told().map(({ message }) => message),
      ['catalog: ecommercestack/catalog:2 gets 0%'],
    );
  });
});

describe('a status', () => {
  test('is always one that the API server takes', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const shop = simulation(spec);
        for (const plan of shop.converge()) statusSchema.parse(plan.status);
      }),
      { numRuns: 8 },
    );
  });

  test('shows a canary in the columns and in the table', () => {
    const shop = simulation({
      version: '1',
      services: [{ name: 'catalog', canary: { version: '2', weight: 12.5 } }],
    });
    const { summary, services } = shop.converge().at(-1)?.status ?? {};
    assert.deepEqual(summary, { services: '6/6', canary: 'catalog', weight: '12.5%', breakers: 'InForce' });
    assert.deepEqual(
      services?.find(({ name }) => name === 'catalog'),
      {
        name: 'catalog',
        ready: true,
        replicas: 2,
        readyReplicas: 2,
        image: 'ecommercestack/catalog:1',
        canaryImage: 'ecommercestack/catalog:2',
        canaryReady: 1,
        askedWeight: 12.5,
        appliedWeight: 12.5,
        circuitBreaker: { failureThreshold: 5, openSeconds: 60, halfOpenRequests: 3, rollout: 'HotReload' },
      },
    );
  });

  test('of a route counts once its Gateway has taken it in its present form', () => {
    const ingress = { hostnames: ['a.example'], parentRefs: [{ name: 'p' }] };
    const shop = simulation({ version: '1', ingress });
    shop.converge();
    const key = 'HTTPRoute/shop-gateway';
    const route = shop.live.get(key);
    assert.ok(route);
    const gateway = () => shop.reconcile().status?.conditions?.find(({ type }) => type === 'GatewayReady');
    assert.equal(gateway()?.status, 'True');
    shop.live.set(key, { ...route, metadata: { ...route.metadata, generation: 99 } });
    assert.deepEqual([gateway()?.status, gateway()?.reason], ['False', 'RouteNotAccepted']);
    shop.live.set(key, { ...route, status: {} });
    assert.deepEqual([gateway()?.status, gateway()?.reason], ['False', 'RouteNotAccepted']);
  });

  test('of a route goes by the Gateways that it names, whatever others once said of it', () => {
    const ingress = {
      hostnames: ['a.example'],
      parentRefs: [{ name: 'near' }, { name: 'far', namespace: 'web' }],
    };
    const shop = simulation({ version: '1', ingress });
    shop.converge();
    const key = 'HTTPRoute/shop-gateway';
    const route = shop.live.get(key);
    assert.ok(route);
    const said = (parentRef: object, status: string) => ({
      parentRef,
      conditions: ['Accepted', 'ResolvedRefs'].map((type) => ({ type, status })),
    });
    const gateway = (parents: readonly object[]) => {
      shop.live.set(key, { ...route, status: { parents } });
      return shop.reconcile().status?.conditions?.find(({ type }) => type === 'GatewayReady');
    };
    const namespace = shop.stack()?.metadata.namespace;
    const near = said({ name: 'near', namespace }, 'True');
    const far = said({ name: 'far', namespace: 'web' }, 'True');
    assert.equal(gateway([said({ name: 'former' }, 'False'), near, far])?.status, 'True');
    assert.equal(
      gateway([said({ name: 'near' }, 'False'), near, far])?.status,
      'True',
      'one of two controllers',
    );
    for (const missing of [[near], [near, said({ name: 'far', namespace: 'other' }, 'True')]]) {
      assert.match(gateway(missing)?.message ?? '', /the Gateway far has not taken the route/);
    }
    assert.match(
      gateway([near, said({ name: 'far', namespace: 'web' }, 'False')])?.message ?? '',
      /far.*Accepted/,
    );
  });

  test('says which service is down', () => {
    const shop = simulation({ version: '1' });
    shop.converge();
    const key = 'Deployment/shop-order';
    const order = shop.live.get(key);
    assert.ok(order);
    shop.live.set(key, {
      ...order,
      status: { ...(order['status'] as object), availableReplicas: 0, readyReplicas: 0 },
    });
    const plan = shop.reconcile();
    const degraded = plan.status?.conditions?.find(({ type }) => type === 'Degraded');
    assert.deepEqual([degraded?.status, degraded?.reason], ['True', 'ServiceDown']);
    assert.equal(plan.status?.summary?.services, '5/6');
  });
});
