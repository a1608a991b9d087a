import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stackSpec } from '@ecommercestack/contracts';
import type { ResiliencySpec } from '../desired/dapr-base.ts';
import type { KubeObject } from '../desired/model.ts';
import { missingExtensions, reloadsHot } from './cluster.ts';
import { answerToConflict } from './conflicts.ts';
import { dependencyCycles, inDependencyOrder } from './dependencies.ts';
import { policyProblems } from './policies.ts';

const node = (name: string, ...dependsOn: readonly string[]) => ({ name, dependsOn });

describe('dependencies', () => {
  const cases = [
    ['none', [node('a'), node('b')], []],
    ['a diamond', [node('a', 'b', 'c'), node('b', 'd'), node('c', 'd'), node('d')], []],
    ['a pair', [node('a', 'b'), node('b', 'a')], ['a → b → a']],
    [
      'a longer one behind another service',
      [node('z', 'a'), node('a', 'b'), node('b', 'c'), node('c', 'a')],
      ['a → b → c → a'],
    ],
    ['two', [node('a', 'b'), node('b', 'a'), node('c', 'd'), node('d', 'c')], ['a → b → a', 'c → d → c']],
  ] as const;
  for (const [name, services, cycles] of cases) {
    test(`circles: ${name}`, () => {
      const found = dependencyCycles(services);
      assert.deepEqual(
        found.map(({ message }) => message.split(' wait for')[0]),
        cycles,
      );
    });
  }

  test('each comes after what it depends on, and none is lost', () => {
    const graph = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(graph, (edges) => {
        const services = edges
          .map((list, at) => node(`s${at}`, ...list.filter((to) => to < at).map((to) => `s${to}`)))
          .toReversed();
        const order = inDependencyOrder(services);
        assert.deepEqual(
          order.map(({ name }) => name).toSorted(),
          services.map(({ name }) => name).toSorted(),
        );
        const at = new Map(order.map(({ name }, index) => [name, index]));
        for (const { name, dependsOn } of order) {
          for (const other of dependsOn) assert.ok((at.get(other) ?? 0) < (at.get(name) ?? 0));
        }
        assert.deepEqual(dependencyCycles(services), []);
      }),
    );
  });
});

describe('policies', () => {
  const good: ResiliencySpec = {
    policies: {
      retries: { read: { policy: 'constant', duration: '200ms', maxRetries: 2 } },
      circuitBreakers: { call: { maxRequests: 3, timeout: '60s', trip: 'consecutiveFailures >= 5' } },
    },
    targets: { apps: { catalog: { retry: 'read', circuitBreaker: 'call' } } },
  };
  const [retry, breaker] = [good.policies.retries?.['read'], good.policies.circuitBreakers?.['call']];
  assert.ok(retry && breaker);
  const problems = (spec: ResiliencySpec, scopes: readonly string[] = ['order']) => {
    const metadata = { name: 'shop-order', namespace: 'default', labels: {} };
    const object: KubeObject = { apiVersion: 'dapr.io/v1alpha1', kind: 'Resiliency', metadata, spec, scopes };
    return policyProblems([object]).map(({ message }) => message);
  };
  const withRetry = (fields: object): ResiliencySpec => ({
    ...good,
    policies: { ...good.policies, retries: { read: { ...retry, ...fields } } },
  });
  const withBreaker = (fields: object): ResiliencySpec => ({
    ...good,
    policies: { ...good.policies, circuitBreakers: { call: { ...breaker, ...fields } } },
  });

  test('that are right have none', () => assert.deepEqual(problems(good), []));

  const bad = [
    ['a duration', withRetry({ duration: 'soon' }), 'soon, which does not parse'],
    ['a breaker’s time', withBreaker({ timeout: '60' }), '60, which does not parse'],
    ['a trip', withBreaker({ trip: 'consecutiveFailures => 5' }), '=> 5, which does not parse'],
    ['a retry without an end', withRetry({ maxRetries: -1 }), 'has no end'],
    [
      'a retry that is not there',
      { ...good, targets: { apps: { catalog: { retry: 'once', circuitBreaker: 'call' } } } },
      'names the retry once',
    ],
    [
      'a breaker that is not there',
      { ...good, targets: { apps: { catalog: { retry: 'read', circuitBreaker: 'x' } } } },
      'names the breaker x',
    ],
  ] as const;
  for (const [name, spec, fact] of bad) {
    test(`${name} is found`, () => {
      const [message, ...others] = problems(spec);
      assert.ok(message?.includes(fact), message);
      assert.deepEqual(others, []);
    });
  }
  test('a Resiliency without scopes is found', () => assert.match(problems(good, [])[0] ?? '', /no scopes/));
});

describe('the cluster', () => {
  const spec = (fields: object) => stackSpec.parse({ version: '1', ...fields });
  const facts = (daprVersion?: string) => ({ extensions: new Set<never>(), daprVersion });

  const versions = [
    ['1.18.2', true],
    ['v1.18.3', true],
    ['1.19.0', true],
    ['2.0.0', true],
    ['1.18.1', false],
    ['1.17.13', false],
    ['edge', false],
    [undefined, false],
  ] as const;
  for (const [version, hot] of versions) {
    test(`Dapr ${version} ${hot ? 'reloads' : 'is restarted'}`, () => {
      assert.equal(reloadsHot(spec({}), facts(version)), hot);
      assert.equal(reloadsHot(spec({ dapr: { reload: 'HotReload' } }), facts(version)), true);
      assert.equal(reloadsHot(spec({ dapr: { reload: 'Restart' } }), facts(version)), false);
    });
  }

  test('is asked only for what the resource needs', () => {
    assert.deepEqual([...missingExtensions(spec({}), facts()).keys()], ['dapr']);
    const ingress = { hostnames: ['a.example'], parentRefs: [{ name: 'p' }] };
    assert.deepEqual([...missingExtensions(spec({ ingress }), facts()).keys()], ['dapr', 'gateway-api']);
  });
});

describe('a refused apply', () => {
  const fields = ['.spec.replicas'];
  const cases = [
    ['by somebody who applies the field', 'argocd', 'Apply', 'report'],
    ['by somebody who edited it', 'kubectl-edit', 'Update', 'force'],
    ['by an autoscaler that is gone', 'kube-controller-manager', 'Update', 'force'],
    ['by what we gave it to ourselves', 'ecommercestack-handover', 'Apply', 'force'],
  ] as const;
  for (const [name, manager, operation, answer] of cases) {
    test(`${name}: ${answer}`, () => {
      assert.equal(answerToConflict([{ manager, fields }], [{ manager, operation }]), answer);
    });
  }
  test('by one of each: report', () => {
    const managed = [
      { manager: 'argocd', operation: 'Apply' },
      { manager: 'kubectl-edit', operation: 'Update' },
    ];
    assert.equal(
      answerToConflict(
        managed.map(({ manager }) => ({ manager, fields })),
        managed,
      ),
      'report',
    );
  });
});
