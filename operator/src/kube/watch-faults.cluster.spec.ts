import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { eventually, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { createCache, type Cache } from './cache.ts';
import { connect, type Connection } from './connection.ts';
import { createReflector, type RestartReason } from './reflector.ts';
import { versionEntry } from './slim.ts';
import { startFaultProxy, type FaultProxy, type RequestFault, type StreamFault } from './spec/fault-proxy.ts';

/** A reflector that looks at ConfigMaps through the proxy, beside a cluster that is changed past it. */
describe('a watch of a real API server', () => {
  let cluster: TestCluster;
  let namespace: string;
  let proxy: FaultProxy;
  let connection: Connection;
  let stopping: AbortController;
  let running: Promise<void>;
  let cache: Cache<number>;
  let restarts: RestartReason[];
  let changes: string[];

  const path = () => `/api/v1/namespaces/${namespace}/configmaps`;
  const configMap = (name: string, value = '1') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { value },
  });

  const there = async (): Promise<string> => {
    const list = await cluster.list('v1', 'ConfigMap', namespace);
    return list
      .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
      .toSorted()
      .join();
  };
  const known = (): string =>
    [...names()]
      .map(([id, version]) => `${id.slice(namespace.length + 1)}@${version}`)
      .toSorted()
      .join();
  const names = () =>
    [...ids].flatMap((id) => (cache.get(id) === undefined ? [] : [[id, cache.get(id)] as const]));
  let ids: Set<string>;

  const isCaughtUp = () =>
    eventually('the cache is what the cluster holds', async () => known() === (await there()));

  before(() => {
    cluster = testCluster();
  });
  after(() => cluster.close());

  beforeEach(async () => {
    namespace = await cluster.namespace();
    proxy = await startFaultProxy(cluster.kubeconfig);
    connection = connect(proxy.kubeconfig);
    [restarts, changes, ids] = [[], [], new Set()];
    cache = createCache<number>((was, is) => {
      const id = (is ?? was)?.id ?? '';
      ids.add(id);
      changes.push(`${was === undefined ? '+' : is === undefined ? '-' : '~'}${id.split('/')[1]}`);
    });
    stopping = new AbortController();
    const reflector = createReflector({
      connection,
      source: { kind: 'ConfigMap', path: path() },
      cache,
      toEntry: versionEntry,
      times: { relistMs: 600_000, idleMs: 1_500, backoff: { baseMs: 10, maxMs: 100 } },
      onRestart: (reason) => restarts.push(reason),
    });
    running = reflector.run(stopping.signal);
    await cluster.apply(configMap('kept'));
    await cluster.apply(configMap('edited'));
    await cluster.apply(configMap('removed'));
    await isCaughtUp();
  });
  afterEach(async () => {
    stopping.abort();
    await running;
    await connection.close();
    await proxy.close();
  });

  const lists = () => proxy.requests.filter(({ isWatch }) => !isWatch).length;
  const begun = () => proxy.requests.flatMap(({ from }) => (from === undefined ? [] : [Number(from)]));

  /** While nobody looks. */
  const churn = async () => {
    await cluster.apply(configMap('edited', '2'));
    await cluster.delete(configMap('removed'));
    await cluster.apply(configMap('added'));
  };

  const STREAM_FAULTS: readonly (readonly [StreamFault, RestartReason])[] = [
    ['reset', 'broken'],
    ['end', 'ended'],
    ['half-line', 'ended'],
    ['garbled', 'garbled'],
    ['expired', 'expired'],
    ['stall', 'stalled'],
  ];
  for (const [fault, reason] of STREAM_FAULTS) {
    test(`loses nothing when it meets: ${fault}`, async () => {
      const before = lists();
      proxy.breakWatches(fault);
      await churn();
      await isCaughtUp();
      assert.ok(restarts.includes(reason), restarts.join());
      // Where something was lost, only a list tells what.
      assert.equal(lists() > before, reason === 'expired' || reason === 'garbled');
      assert.equal(proxy.mostWatches.get(path()), 1);
    });
  }

  const REQUEST_FAULTS: readonly (readonly [RequestFault, RestartReason])[] = [
    ['reset', 'broken'],
    ['too-many-requests', 'refused'],
    ['unavailable', 'refused'],
    ['gone', 'expired'],
  ];
  for (const [fault, reason] of REQUEST_FAULTS) {
    test(`loses nothing when the next watches are answered with: ${fault}`, async () => {
      let left = 3;
      proxy.onRequest = ({ isWatch }) => {
        if (!isWatch || left === 0) return undefined;
        left -= 1;
        return fault;
      };
      proxy.breakWatches('end');
      await churn();
      await isCaughtUp();
      await eventually('all of them were met', async () => left === 0);
      assert.ok(restarts.includes(reason), restarts.join());
      assert.equal(proxy.mostWatches.get(path()), 1);
    });
  }

  test('goes on from where it ended: what did not change is not told again', async () => {
    changes.length = 0;
    const before = lists();
    for (const fault of ['reset', 'end', 'half-line'] as const) {
      proxy.breakWatches(fault);
      await cluster.apply(configMap(`after-${fault}`));
      await isCaughtUp();
    }
    assert.equal(lists(), before);
    // Twice from one place where nothing came between two ends.
    const ascending = begun().toSorted((one, other) => one - other);
    assert.deepEqual(begun(), ascending);
    assert.deepEqual(changes, ['+after-reset', '+after-end', '+after-half-line']);
  });

  test('survives one fault after the other', async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const [fault] = STREAM_FAULTS[turn % 5] ?? ['reset'];
      proxy.breakWatches(fault);
      await cluster.apply(configMap(`turn-${turn}`));
      if (turn > 2) await cluster.delete(configMap(`turn-${turn - 3}`));
    }
    await isCaughtUp();
    assert.equal(proxy.mostWatches.get(path()), 1);
  });
});
