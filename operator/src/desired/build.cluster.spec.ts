import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testCluster, type ClusterObject, type TestCluster } from '@ecommercestack/tests/cluster';
import fc from 'fast-check';
import { differencesOf } from '../reconcile/live.ts';
import { anySpec } from '../spec/arbitrary.ts';
import { SHOP, build } from '../spec/build.ts';
import { ALL_EXTENSIONS } from '../spec/simulation.ts';
import type { KubeObject } from './model.ts';

/** Its definition is published as a chart of its own, which is not among those that are installed here. */
const extensions = new Set([...ALL_EXTENSIONS].filter((one) => one !== 'prometheus'));

describe('what a stack is made of, to the API server', () => {
  let cluster: TestCluster;
  let namespace: string;
  before(async () => {
    cluster = testCluster();
    namespace = await cluster.namespace();
  });
  after(() => cluster.close());

  async function dryRun(object: KubeObject): Promise<ClusterObject> {
    const { status, body } = await cluster.api.apply(object, { manager: 'ecommercestack', dryRun: true });
    if (status < 300) return body as ClusterObject;
    throw new Error(`${object.kind}/${object.metadata.name}: ${(body as { message?: string }).message}`);
  }

  test('any resource: every object is taken as it is, none of its fields is unknown or changed', async () => {
    const arbitrary = fc.asyncProperty(anySpec, async (spec) => {
      const objects = build(spec, { stack: { ...SHOP, namespace }, extensions });
      const stored = await Promise.all(objects.map(dryRun));
      const differences = stored.flatMap((live, at) => differencesOf(objects[at] as KubeObject, live));
      assert.deepEqual(differences, []);
    });
    await fc.assert(arbitrary, { numRuns: 15 });
  });
});
