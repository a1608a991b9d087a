/** The charts as somebody installs, upgrades, takes back and removes them. In a cluster of its own: a definition is there for all. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { startControlPlane, type ControlPlane } from '@ecommercestack/local/cluster';
import { fieldOf, testCluster, type ClusterObject, type TestCluster } from '../src/cluster.ts';
import { startOperator, type ClusterOperator } from '../src/cluster-operator.ts';
import {
  CHARTS,
  documentedRights,
  helmFor,
  may,
  offerVolumes,
  restrictedNamespace,
  writeKubeconfigOf,
  type Helm,
  type Right,
} from '../src/cluster-packaging.ts';
import { eventually } from '../src/eventually.ts';

const DEFINITION = ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'] as const;
const DEFINITION_NAME = 'ecommercestacks.ecommercestack.io';
const account = { namespace: 'ecommercestack', name: 'ecommercestack' };
const rights = documentedRights(
  await readFile(fileURLToPath(new URL('../../docs/installing.md', import.meta.url)), 'utf8'),
);

const examples = await readdir(path.join(CHARTS, 'platform/examples'));

/** What nobody documented, and would be worth having. */
const TEMPTING: readonly Right[] = [
  { group: '', resource: 'secrets' },
  { group: '', resource: 'pods/exec' },
  { group: '', resource: 'pods/log' },
  { group: '', resource: 'serviceaccounts/token' },
  { group: '', resource: 'nodes' },
  { group: '', resource: 'persistentvolumeclaims' },
  { group: 'apps', resource: 'deployments/scale' },
  { group: 'apps', resource: 'daemonsets' },
  { group: 'batch', resource: 'jobs' },
  { group: 'rbac.authorization.k8s.io', resource: 'roles' },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations' },
].map((one) => ({ ...one, verb: '' }));
const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'escalate',
  'bind',
];

/** Every verb on everything that is documented, and on what is not. */
const asked = [...rights, ...TEMPTING].flatMap(({ group, resource }) =>
  VERBS.map((verb) => ({ group, resource, verb })),
);
const nameOf = ({ group, resource, verb }: Right) => `${verb} ${resource}${group && `.${group}`}`;
const documented = [...new Set(rights.map(nameOf))].toSorted();

void describe('the charts in a cluster', { timeout: 600_000 }, () => {
  let folder: string;
  let plane: ControlPlane;
  let cluster: TestCluster;
  let helm: Helm;
  let operator: ClusterOperator | undefined;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'packaging-spec-'));
    plane = await startControlPlane({ dir: path.join(folder, 'plane'), definitions: ['dapr'] });
    cluster = testCluster(plane.kubeconfig);
    helm = helmFor(plane.kubeconfig, path.join(folder, 'helm'));
    for (const name of ['ecommercestack', 'shop', 'one', 'other']) await restrictedNamespace(plane.api, name);
    await offerVolumes(plane.api, 4);
  });
  after(async () => {
    await operator?.stop();
    await cluster.close();
    await plane.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const install = (release: string, chart: string, namespace: string, ...more: readonly string[]) =>
    helm(
      'upgrade',
      '--install',
      release,
      chart,
      `--namespace=${namespace}`,
      '--wait',
      '--timeout=3m',
      ...more,
    );

  async function get(
    apiVersion: string,
    kind: string,
    namespace: string,
    name: string,
  ): Promise<ClusterObject> {
    const found = await cluster.get(apiVersion, kind, namespace, name);
    assert.ok(found, `there is no ${kind} ${name}`);
    return found;
  }

  const definition = () => cluster.get(...DEFINITION, '', DEFINITION_NAME);
  const stack = () => get('ecommercestack.io/v1alpha1', 'EcommerceStack', 'shop', 'shop');
  const catalog = async () => {
    const services = fieldOf(await stack(), 'status.services') as
      readonly { readonly name: string }[] | undefined;
    return services?.find(({ name }) => name === 'catalog');
  };

  async function granted(who: { namespace: string; name: string }, namespace?: string): Promise<string[]> {
    const answers = await Promise.all(asked.map((right) => may(plane.api, who, right, namespace)));
    return [...new Set(asked.filter((_, index) => answers[index]).map(nameOf))].toSorted();
  }

  /** As the pods of the release would run it: with their rights, their lease and the namespaces they watch. */
  async function operatorOf(...namespaces: readonly string[]): Promise<ClusterOperator> {
    const kubeconfig = path.join(folder, 'account');
    await writeKubeconfigOf(cluster, account, kubeconfig);
    const env = { POD_NAMESPACE: account.namespace, LEASE_NAME: account.name };
    return startOperator({ ...cluster, kubeconfig }, { namespaces, env });
  }

  async function assertNothingWasForbidden(): Promise<void> {
    assert.doesNotMatch((await operator?.log()) ?? '', /forbidden|"status":403/i);
  }

  /** As it was before the definition had short names. */
  async function olderChart(): Promise<string> {
    const older = path.join(folder, 'older');
    await cp(path.join(CHARTS, 'operator'), older, { recursive: true });
    const file = path.join(older, 'files/ecommercestacks.yaml');
    const text = await readFile(file, 'utf8');
    const without = text.replace(/ {4}shortNames:\n {6}- estack\n/, '');
    assert.notEqual(without, text);
    await writeFile(file, without);
    return older;
  }

  it('installs the operator where only restricted pods are admitted, and its pods become ready', async () => {
    const said = await install('ecommercestack', await olderChart(), 'ecommercestack');
    assert.doesNotMatch(said, /warning/i);
    const deployment = await get('apps/v1', 'Deployment', 'ecommercestack', 'ecommercestack');
    assert.equal(fieldOf(deployment, 'status.readyReplicas'), 2);
    assert.equal(fieldOf(await definition(), 'spec.names.shortNames'), undefined);
  });

  it('upgrades the definition, takes it back, and upgrades it again', async () => {
    await install('ecommercestack', 'operator', 'ecommercestack', '--set=replicas=3');
    assert.deepEqual(fieldOf(await definition(), 'spec.names.shortNames'), ['estack']);
    const replicas = async () =>
      fieldOf(await get('apps/v1', 'Deployment', 'ecommercestack', 'ecommercestack'), 'spec.replicas');
    assert.equal(await replicas(), 3);
    await helm('rollback', 'ecommercestack', '1', '--namespace=ecommercestack', '--wait');
    assert.equal(await replicas(), 2);
    assert.equal(fieldOf(await definition(), 'spec.names.shortNames'), undefined);
    await install('ecommercestack', 'operator', 'ecommercestack');
    assert.deepEqual(fieldOf(await definition(), 'spec.names.shortNames'), ['estack']);
  });

  it('grants what docs/installing.md says and nothing else, in every namespace', async () => {
    for (const namespace of ['shop', 'other'])
      assert.deepEqual(await granted(account, namespace), documented);
    const lease = { group: 'coordination.k8s.io', resource: 'leases' };
    const mayLease = (verb: string, namespace: string) =>
      may(plane.api, account, { ...lease, verb }, namespace);
    for (const verb of ['get', 'create', 'update']) {
      assert.equal(await mayLease(verb, 'ecommercestack'), true, verb);
      assert.equal(await mayLease(verb, 'shop'), false, verb);
    }
    assert.equal(await mayLease('delete', 'ecommercestack'), false);
  });

  it('answers kubectl auth can-i as documented', async () => {
    const as = ['--as=system:serviceaccount:ecommercestack:ecommercestack', '--namespace=shop'];
    assert.equal((await cluster.kubectl('auth', 'can-i', 'patch', 'deployments', ...as)).trim(), 'yes');
    await assert.rejects(cluster.kubectl('auth', 'can-i', 'get', 'secrets', ...as), { message: /\nno$/ });
  });

  it('lets the editors of a namespace act upon stacks, and its viewers look', async () => {
    const stacks = { group: 'ecommercestack.io', resource: 'ecommercestacks' };
    for (const [role, name] of [
      ['edit', 'editor'],
      ['view', 'viewer'],
    ] as const) {
      await cluster.kubectl('create', 'serviceaccount', name, '--namespace=other');
      const subject = [`--clusterrole=${role}`, `--serviceaccount=other:${name}`, '--namespace=other'];
      await cluster.kubectl('create', 'rolebinding', name, ...subject);
    }
    const can = (name: string, verb: string) =>
      may(plane.api, { namespace: 'other', name }, { ...stacks, verb }, 'other');
    await eventually('the cluster has added the rights up', () => can('viewer', 'list'));
    await eventually('the cluster has added the rights up', () => can('editor', 'patch'));
    assert.equal(await can('viewer', 'patch'), false);
    assert.equal(await can('editor', 'get'), true);
  });

  it('installs a shop with servers of its own, which an operator with these rights makes ready', async () => {
    operator = await operatorOf();
    const said = await install('shop', 'platform', 'shop', '--set=development.enabled=true');
    assert.doesNotMatch(said, /warning/i);
    const isReady = 'condition=Ready';
    await cluster.kubectl('wait', 'estack/shop', `--for=${isReady}`, '--namespace=shop', '--timeout=120s');
    assert.equal(fieldOf(await stack(), 'status.summary.services'), '6/6');
    await assertNothingWasForbidden();
  });

  for (const name of examples) {
    it(`would be allowed to make what the example ${name} asks for`, async () => {
      const values = `--values=${path.join(CHARTS, 'platform/examples', name, 'values.yaml')}`;
      // Whose definition is not in this cluster.
      const rules = '--set=monitoring.rules=false';
      const file = path.join(folder, `${name}.yaml`);
      await writeFile(
        file,
        await helm('template', 'example', 'platform', '--namespace=other', values, rules),
      );
      const said = await cluster.kubectl('apply', '--dry-run=server', `--filename=${file}`);
      assert.match(said, /created \(server dry run\)/);
      assert.doesNotMatch(said, /warning/i);
    });
  }

  it('brings a canary by an upgrade and takes it back by a rollback', async () => {
    const canary = ['name=catalog', 'canary.version=0.2.0-rc.1', 'canary.weight=5'];
    const values = canary.map((value) => `--set=stack.spec.services[0].${value}`);
    await install('shop', 'platform', 'shop', '--reuse-values', ...values);
    await eventually(
      'callers send it its share',
      async () => fieldOf(await catalog(), 'appliedWeight') === 5,
    );
    await helm('rollback', 'shop', '1', '--namespace=shop', '--wait');
    await eventually(
      'callers send it nothing',
      async () => (fieldOf(await catalog(), 'appliedWeight') ?? 0) === 0,
    );
    const deployment = await get('apps/v1', 'Deployment', 'shop', 'shop-catalog');
    assert.equal(fieldOf(deployment, 'metadata.generation'), 1, 'the stable version was not touched');
  });

  it('removes the shop and its servers, and leaves nothing of it', async () => {
    await helm('uninstall', 'shop', '--namespace=shop', '--wait');
    for (const [apiVersion, kind] of [
      ['ecommercestack.io/v1alpha1', 'EcommerceStack'],
      ['apps/v1', 'Deployment'],
      ['apps/v1', 'StatefulSet'],
      ['dapr.io/v1alpha1', 'Component'],
      ['dapr.io/v1alpha1', 'Resiliency'],
    ] as const) {
      const none = async () => (await cluster.list(apiVersion, kind, 'shop')).length === 0;
      await eventually(`there is no ${kind} any more`, none);
    }
    await assertNothingWasForbidden();
  });

  it('keeps every shop when the operator is uninstalled, and finds them again when it comes back', async () => {
    await operator?.stop();
    operator = undefined;
    const metadata = { name: 'kept', namespace: 'other' };
    const spec = { version: '1' };
    const kept = await cluster.apply({
      apiVersion: 'ecommercestack.io/v1alpha1',
      kind: 'EcommerceStack',
      metadata,
      spec,
    });
    await helm('uninstall', 'ecommercestack', '--namespace=ecommercestack', '--wait');
    assert.ok(await definition());
    assert.deepEqual(await granted(account, 'other'), []);
    await install('ecommercestack', 'operator', 'ecommercestack');
    const after = await get('ecommercestack.io/v1alpha1', 'EcommerceStack', 'other', 'kept');
    assert.equal(after.metadata.uid, kept.metadata.uid);
    await helm('uninstall', 'ecommercestack', '--namespace=ecommercestack', '--wait');
  });

  it('grants nothing outside the namespaces that it is told to watch', async () => {
    await install(
      'ecommercestack',
      'operator',
      'ecommercestack',
      '--set=watchNamespaces={one},crds.enabled=false',
    );
    assert.deepEqual(await granted(account, 'one'), documented);
    for (const namespace of ['other', 'kube-system', undefined])
      assert.deepEqual(await granted(account, namespace), [], namespace);
  });

  it('runs a shop in such a namespace, and does not look at others', async () => {
    operator = await operatorOf('one');
    await install('shop', 'platform', 'one', '--set=components.redis.host=redis.stores:6379');
    await cluster.kubectl(
      'wait',
      'estack/shop',
      '--for=condition=Ready',
      '--namespace=one',
      '--timeout=120s',
    );
    const elsewhere = await get('ecommercestack.io/v1alpha1', 'EcommerceStack', 'other', 'kept');
    assert.equal(fieldOf(elsewhere, 'status'), undefined);
    await helm('uninstall', 'shop', '--namespace=one', '--wait');
    await assertNothingWasForbidden();
  });
});
