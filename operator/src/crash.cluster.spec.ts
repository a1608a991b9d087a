import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, fieldOf, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { pubsub, testStack, type TestStack } from '@ecommercestack/tests/cluster-operator';
import type { Connection } from './kube/connection.ts';
import { startInProcess, type InProcess } from './spec/in-process.ts';

const FIRST = { version: '1', services: [{ name: 'order', dependsOn: ['inventory'] }] };
const SECOND = {
  version: '1',
  ingress: { hostnames: ['shop.example'], className: 'nginx' },
  services: [
    { name: 'order', autoscale: { min: 2, max: 4, cpuPercent: 70 } },
    { name: 'catalog', circuitBreaker: { failureThreshold: 3 }, canary: { version: '2', weight: 25 } },
  ],
  dapr: { reloadStagger: '0s' },
};

/** Versions of objects as they were last stored. */
type Stored = Map<string, string>;

/** As if the process were killed when something has been stored: nothing goes out any more, and nobody answers. */
function killedAfterOne(stored: Stored, onKilled: () => void) {
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  return (connection: Connection): Connection => ({
    ...connection,
    request: async (method, path, options) => {
      if (isDead) return never;
      const answer = await connection.request(method, path, options);
      if (method === 'GET' || path.includes('/leases')) return answer;
      const version = String(fieldOf(answer.body, 'metadata.resourceVersion'));
      // What was so already is no boundary: it would be written again in every life.
      if (method !== 'DELETE' && stored.get(path) === version) return answer;
      stored.set(path, version);
      isDead = true;
      onKilled();
      return never;
    },
  });
}

describe('an operator that is killed after every single write', () => {
  let cluster: TestCluster;
  let lives = 0;

  before(() => {
    cluster = testCluster();
  });
  after(() => cluster.close());

  const shop = async (): Promise<TestStack> => {
    const namespace = await cluster.namespace();
    await cluster.apply(pubsub(namespace));
    return testStack(cluster, namespace);
  };

  const begin = ({ namespace }: TestStack, around?: (connection: Connection) => Connection): InProcess => {
    lives += 1;
    return startInProcess({
      kubeconfig: cluster.kubeconfig,
      namespaces: [namespace],
      // What was killed has let go of nothing.
      env: { LEASE_NAME: `life-${lives}`, SHUTDOWN_GRACE: '1ms' },
      ...(around && { around }),
    });
  };

  /** Until one of them has nothing left to do. */
  const liveAndDie = async (stack: TestStack, stored: Stored): Promise<number> => {
    for (let deaths = 0; ; deaths += 1) {
      const killed = Promise.withResolvers<'killed'>();
      const operator = begin(
        stack,
        killedAfterOne(stored, () => killed.resolve('killed')),
      );
      const settled = stack.until('Progressing', 'False').then(() => stack.until('Ready', 'True'));
      const outcome = await Promise.race([killed.promise, settled.then(() => 'settled' as const)]);
      await operator.stop();
      if (outcome === 'settled') return deaths;
      settled.catch(() => undefined);
    }
  };

  /** What it would be for anybody: without times, versions and what controllers count. */
  const picture = async (stack: TestStack): Promise<Record<string, string>> => {
    const text = (value: unknown) =>
      JSON.stringify(value, (key, field: unknown) => (VOLATILE.has(key) ? undefined : field)).replaceAll(
        stack.namespace,
        'here',
      );
    const objects = await stack.children();
    return Object.fromEntries(
      [...objects]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([key, { spec, data, metadata }]) => [key, text([spec, data, metadata.labels])]),
    );
  };

  test('ends where one ends that nobody kills', { timeout: 600_000 }, async () => {
    const [killed, spared] = [await shop(), await shop()];
    const stored: Stored = new Map();
    for (const spec of [FIRST, SECOND]) {
      await killed.spec(spec);
      const deaths = await liveAndDie(killed, stored);
      assert.ok(deaths > 10, `it died only ${deaths} times`);
      await spared.spec(spec);
      const operator = begin(spared);
      await spared.until('Ready', 'True');
      await spared.until('Progressing', 'False');
      await operator.stop();
      await eventually('both are the same', async () => {
        const [one, other] = [await picture(killed), await picture(spared)];
        return JSON.stringify(one) === JSON.stringify(other);
      }).catch(async () => assert.deepEqual(await picture(killed), await picture(spared)));
    }
    for (const stack of [killed, spared]) {
      const operator = begin(stack);
      await cluster.kubectl('delete', 'estack', 'shop', '--namespace', stack.namespace);
      await operator.stop();
    }
  });
});

/** Addresses are given by the cluster; a revision counts how often the settings were written. */
const VOLATILE = new Set([
  'clusterIP',
  'clusterIPs',
  'resourceVersion',
  'uid',
  'revision',
  'healthCheckNodePort',
]);
