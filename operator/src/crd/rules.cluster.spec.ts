import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { RULE_CASES } from './spec/rule-cases.ts';

describe('the rules, as the API server understands them', () => {
  let cluster: TestCluster;
  let namespace: string;
  before(async () => {
    cluster = testCluster();
    namespace = await cluster.namespace();
  });
  after(() => cluster.close());

  const stack = (spec: object, name: string) => ({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name, namespace },
    spec: { version: '1', ...spec },
  });

  for (const [at, { rule, refused, passes, before: old, name }] of RULE_CASES.entries()) {
    test(`${rule} …: refuses, and lets its neighbour pass`, async () => {
      const [bad, good] = name ?? [`bad-${at}`, `good-${at}`];
      // A rule about a change needs something that changes; the others are asked without leaving anything behind.
      const options = { manager: 'spec', dryRun: true, force: true };
      for (const each of old === undefined ? [] : [bad, good]) await cluster.apply(stack(old ?? {}, each));
      const refusal = await cluster.api.apply(stack(refused, bad), options);
      assert.equal(refusal.status, 422, JSON.stringify(refusal.body));
      assert.ok(
        JSON.stringify(refusal.body).includes(JSON.stringify(rule).slice(1, -1)),
        messageOf(refusal.body),
      );
      const acceptance = await cluster.api.apply(stack(passes, good), options);
      assert.ok(acceptance.status < 300, messageOf(acceptance.body));
    });
  }
});

function messageOf(body: unknown): string {
  return (body as { readonly message?: string }).message ?? '';
}
