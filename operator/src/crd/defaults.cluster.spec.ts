import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stackSpec } from '@ecommercestack/contracts';
import { testCluster, type ClusterObject, type TestCluster } from '@ecommercestack/tests/cluster';
import fc from 'fast-check';
import { anySpec } from '../spec/arbitrary.ts';

const API = 'ecommercestack.io/v1alpha1';
const KIND = 'EcommerceStack';

describe('a resource that goes to the API server and comes back', () => {
  let cluster: TestCluster;
  let namespace: string;
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'defaults-spec-'));
    cluster = testCluster();
    namespace = await cluster.namespace();
  });
  after(async () => {
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function stored(name: string): Promise<ClusterObject> {
    const found = await cluster.get(API, KIND, namespace, name);
    assert.ok(found, `${name} is stored`);
    return found;
  }

  test('of two lines has its defaults in sight, and applied again it has not changed', async () => {
    const file = path.join(dir, 'short.yaml');
    const text = `apiVersion: ${API}\nkind: ${KIND}\nmetadata: { name: short }\nspec: { version: 1.0.0 }\n`;
    await writeFile(file, text);
    assert.match(await cluster.kubectl('apply', '-n', namespace, '-f', file), /short created/);
    const first = await stored('short');
    const spec = first['spec'] as Readonly<Record<string, unknown>>;
    assert.equal(spec['mode'], 'Enforce');
    assert.equal(spec['deletionPolicy'], 'Delete');
    assert.equal((spec['defaults'] as Readonly<Record<string, unknown>>)['replicas'], 2);
    assert.match(await cluster.kubectl('apply', '-n', namespace, '-f', file), /short unchanged/);
    // The one who keeps what the API server answered, and applies that.
    const answered = await cluster.kubectl('get', 'estack', 'short', '-n', namespace, '-o', 'yaml');
    await writeFile(file, answered);
    assert.equal(await cluster.kubectl('diff', '-n', namespace, '-f', file), '');
    await cluster.kubectl('apply', '-n', namespace, '-f', file);
    const last = await stored('short');
    assert.equal(last.metadata.generation, 1);
    assert.deepEqual(last['spec'], first['spec']);
  });

  test('that `npm start` reads is one that `kubectl apply` takes', async () => {
    const file = path.join(import.meta.dirname, '../../../stack.yaml');
    await cluster.kubectl('apply', '-n', namespace, '-f', file);
    assert.match(await readFile(file, 'utf8'), /name: shop/);
    const spec = (await stored('shop'))['spec'];
    assert.ok(stackSpec.safeParse(spec).success);
  });

  test('means the same as before, whatever it says', async () => {
    const roundTrip = fc.asyncProperty(anySpec, async (spec) => {
      const manifest = { apiVersion: API, kind: KIND, metadata: { name: 'any', namespace }, spec };
      const { status, body } = await cluster.api.apply(manifest, { dryRun: true });
      assert.ok(status < 300, JSON.stringify(body));
      assert.deepEqual(stackSpec.parse((body as ClusterObject)['spec']), stackSpec.parse(spec));
    });
    await fc.assert(roundTrip, { numRuns: 50 });
  });

  test('has eight columns where kubectl lists it, by its short name and with everything else', async () => {
    const [header = ''] = (await cluster.kubectl('get', 'estack', '-n', namespace)).split('\n');
    assert.deepEqual(header.trim().split(/\s{2,}/), [
      'NAME',
      'READY',
      'SERVICES',
      'CANARY',
      'WEIGHT',
      'BREAKERS',
      'PAUSED',
      'REASON',
      'AGE',
    ]);
    assert.match(
      await cluster.kubectl('get', 'all', '-n', namespace),
      /ecommercestack.ecommercestack.io\/short/,
    );
    const explained = await cluster.kubectl('explain', 'estack.spec.services.canary.weight');
    assert.match(explained, /Per cent of the callers/);
  });
});
