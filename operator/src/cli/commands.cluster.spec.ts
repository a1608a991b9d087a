import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findKubernetes } from '@ecommercestack/local/cluster';
import { fieldOf, testCluster, type TestCluster } from '@ecommercestack/tests/cluster';
import { readArgs } from './args.ts';
import { runCommand, type Answer } from './commands.ts';
import { openKubectl } from './kubectl.ts';

const NOW = '2030-01-01T00:00:00Z';
const main = fileURLToPath(new URL('main.ts', import.meta.url));

void describe('kubectl estack in a cluster', () => {
  let cluster: TestCluster;
  let kubectl: string;
  let folder: string;
  let namespace: string;
  before(async () => {
    cluster = testCluster();
    kubectl = await findKubernetes('kubectl');
    folder = await mkdtemp(path.join(tmpdir(), 'estack-spec-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster.close();
  });
  beforeEach(async () => void (namespace = await cluster.namespace()));

  function estack(...argv: readonly string[]): Promise<Answer> {
    const connection = [`--kubeconfig=${cluster.kubeconfig}`, `--namespace=${namespace}`];
    const args = readArgs(argv);
    assert.ok(args);
    return runCommand(openKubectl([...connection, ...args.connection], kubectl), args, NOW);
  }

  const stack = (name: string, spec: object) => ({
    apiVersion: 'ecommercestack.io/v1alpha1',
    kind: 'EcommerceStack',
    metadata: { name, namespace },
    spec: { version: '1', ...spec },
  });

  /** With a canary of the catalog of which a pod is ready, as the operator would tell. */
  async function shopWithCanary(): Promise<void> {
    const made = await cluster.apply(
      stack('shop', { services: [{ name: 'catalog', canary: { version: '2', weight: 5 } }] }),
    );
    const catalog = { name: 'catalog', ready: true, replicas: 2, readyReplicas: 2, image: 'x/catalog:1' };
    const canary = { canaryImage: 'x/catalog:2', canaryReady: 1, askedWeight: 5, appliedWeight: 5 };
    const status = { observedGeneration: made.metadata.generation, services: [{ ...catalog, ...canary }] };
    await cluster.merge(made, { status }, 'status');
  }

  const specOf = async (path: string) =>
    fieldOf(
      await cluster.get('ecommercestack.io/v1alpha1', 'EcommerceStack', namespace, 'shop'),
      `spec.${path}`,
    );

  it('finds the only shop of a namespace and shows it', async () => {
    await shopWithCanary();
    const { text, value } = await estack('status');
    assert.match(text, /✔ {2}catalog {2}2\/2 {3}1 {8}2 {7}1 {5}5%/);
    assert.equal(fieldOf(value, 'status.services.0.canaryReady'), 1);
  });

  it('asks which shop is meant when there are several, and says when there is none', async () => {
    await assert.rejects(estack('status'), { name: 'Error', message: /There is no EcommerceStack here/ });
    await cluster.apply(stack('shop', {}));
    await cluster.apply(stack('tea', {}));
    await assert.rejects(estack('status'), { message: /--stack takes one of shop, tea/ });
    assert.match((await estack('status', '--stack', 'tea')).text, /^tea 1 in spec-/);
    await assert.rejects(estack('status', '--stack', 'coffee'), { message: /"coffee" not found/ });
  });

  it('promotes a canary by one change that the API server checks', async () => {
    await shopWithCanary();
    await estack('promote', 'catalog');
    assert.equal(await specOf('services.0.version'), '2');
    assert.equal(await specOf('services.0.canary'), undefined);
  });

  it('takes a canary back: first its share, then it', async () => {
    await shopWithCanary();
    await estack('abort', 'catalog');
    assert.equal(await specOf('services.0.canary.weight'), 0);
    await estack('abort', 'catalog', '--remove');
    assert.equal(await specOf('services.0.canary'), undefined);
  });

  it('names itself as who changed the resource, and leaves its other fields to whom they belong', async () => {
    await shopWithCanary();
    await estack('abort', 'catalog');
    const shop = await cluster.get('ecommercestack.io/v1alpha1', 'EcommerceStack', namespace, 'shop');
    const ours = shop?.metadata.managedFields?.find(({ manager }) => manager === 'kubectl-estack');
    const owned = JSON.stringify(ours?.fieldsV1);
    assert.match(owned, /f:weight/);
    assert.doesNotMatch(owned, /f:version/);
  });

  it('pauses and resumes, and can be told so twice', async () => {
    await cluster.apply(stack('shop', {}));
    for (const [command, paused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
    ] as const) {
      await estack(command);
      assert.equal(await specOf('paused'), paused);
    }
  });

  it('passes on the sentence by which the API server refuses', async () => {
    await cluster.apply(stack('shop', { mode: 'Observe' }));
    await assert.rejects(estack('pause'), { message: /set either paused or mode Observe/ });
  });

  it('lists what the operator would change, once it has seen the last change', async () => {
    const shop = await cluster.apply(stack('shop', { mode: 'Observe' }));
    await assert.rejects(estack('diff'), { message: /not seen the last change/ });
    const differences = [{ object: 'Deployment/shop-order', path: 'spec.replicas', is: '1', wanted: '2' }];
    const observedGeneration = shop.metadata.generation;
    await cluster.merge(shop, { status: { observedGeneration, differences } }, 'status');
    const { text, code } = await estack('diff');
    assert.match(text, /Deployment\/shop-order {2}spec\.replicas {2}1 {3}2/);
    assert.equal(code, 1);
    await cluster.merge(shop, { status: { differences: [] } }, 'status');
    assert.deepEqual(await estack('diff'), { text: 'Nothing would change.', value: [], code: 0 });
  });

  it('says of a shop in mode Enforce how to look first', async () => {
    await cluster.apply(stack('shop', {}));
    await assert.rejects(estack('diff'), { message: /Set mode: Observe to look first/ });
  });

  it('shows what a file would change in the resource, and stores nothing', async () => {
    await cluster.apply(stack('shop', {}));
    const file = path.join(folder, 'stack.json');
    await writeFile(file, JSON.stringify(stack('shop', { version: '2' })));
    const { text, code } = await estack('diff', '-f', file);
    assert.match(text, /^-\s+version: "1"$/m);
    assert.match(text, /^\+\s+version: "2"$/m);
    assert.equal(code, 1);
    assert.equal(await specOf('version'), '1');
    await writeFile(file, JSON.stringify(stack('shop', { version: '' })));
    await assert.rejects(estack('diff', '-f', file), { message: /spec\.version/ });
  });

  it('ends with a code for programs, and with sentences for people', async () => {
    const searchPath = `${path.dirname(kubectl)}${path.delimiter}${process.env['PATH']}`;
    const run = (...argv: readonly string[]) =>
      spawnSync(process.execPath, [main, ...argv, '-n', namespace, '--kubeconfig', cluster.kubeconfig], {
        encoding: 'utf8',
        env: { ...process.env, PATH: searchPath },
      });
    await shopWithCanary();
    assert.equal(run('status').status, 0);
    assert.equal(fieldOf(JSON.parse(run('status', '-o', 'json').stdout), 'name'), 'shop');
    const wrong = run('promote');
    assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /^promote which service\?\n\nUsage: kubectl estack/);
    const refused = run('promote', 'order');
    assert.deepEqual([refused.status, refused.stdout], [3, '']);
    assert.match(refused.stderr, /^shop names no service order; it names catalog\.\n$/);
  });
});
