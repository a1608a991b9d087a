/** Charts in a cluster, and who may do what there. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findKubernetes } from '@ecommercestack/local/cluster';
import type { KubernetesApi } from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import type { TestCluster } from './cluster.ts';

export const CHARTS = fileURLToPath(new URL('../../charts/', import.meta.url));

/** Resolves with what helm wrote. Throws with the end of that when it fails. */
export type Helm = (...args: readonly string[]) => Promise<string>;

/** `home` keeps what helm remembers apart from the user's. */
export function helmFor(kubeconfig: string, home: string): Helm {
  return async (...args) => {
    const env = {
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_DATA_HOME: home,
    };
    return runToEnd(await findKubernetes('helm'), args, { cwd: CHARTS, env });
  };
}

/** A namespace that admits only pods that nobody could object to. */
export async function restrictedNamespace(api: KubernetesApi, name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  const { status, body } = await api.request('POST', '/api/v1/namespaces', namespace);
  if (status !== 201) throw new Error(`no namespace ${name}: ${JSON.stringify(body)}`);
}

export interface Right {
  readonly group: string;
  /** With its subresource: `pods/exec`. */
  readonly resource: string;
  readonly verb: string;
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Writes a kubeconfig to `file` with the token that a pod of this account would have. */
export async function writeKubeconfigOf(
  { api, kubectl }: Pick<TestCluster, 'api' | 'kubectl'>,
  { namespace, name }: Account,
  file: string,
): Promise<void> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const at = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status, body } = await api.request('POST', at, request);
  if (status !== 201) throw new Error(`no token: ${JSON.stringify(body)}`);
  const { token } = (body as { readonly status: { readonly token: string } }).status;
  const admin = JSON.parse(await kubectl('config', 'view', '--raw', '--output=json')) as {
    readonly users: readonly { readonly name: string }[];
  };
  const users = admin.users.map((one) => ({ name: one.name, user: { token } }));
  await writeFile(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
}

/** As `kubectl auth can-i` asks; without a namespace, for all of them. */
export async function may(
  api: KubernetesApi,
  account: Account,
  { group, resource, verb }: Right,
  namespace?: string,
): Promise<boolean> {
  const [name, subresource] = resource.split('/');
  const { status, body } = await api.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${account.namespace}:${account.name}`,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${account.namespace}`,
        'system:authenticated',
      ],
      resourceAttributes: { group, resource: name, subresource, verb, namespace },
    },
  });
  if (status !== 201) throw new Error(`nobody can say: ${JSON.stringify(body)}`);
  return (body as { readonly status: { readonly allowed: boolean } }).status.allowed;
}

/** The table of rights on a page, between the marks of what is generated. Throws when there is none. */
export function documentedRights(page: string): readonly Right[] {
  const table = /<!-- generated: rights -->(.*?)<!-- end of generated -->/s.exec(page)?.[1];
  const rights = (table ?? '').split('\n').flatMap((line) => {
    const [, groups = [], resources = [], verbs = []] = line.split('|').map(namesIn);
    return combinations(groups, resources, verbs);
  });
  if (rights.length === 0) throw new Error('the page has no table of rights');
  return rights;
}

const namesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

function combinations(groups: readonly string[], resources: readonly string[], verbs: readonly string[]) {
  return groups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({ group: group === 'core' ? '' : group, resource, verb })),
    ),
  );
}

/** What a cluster with disks does by itself: volumes for whoever asks without naming a class. */
export async function offerVolumes(api: KubernetesApi, count: number): Promise<void> {
  const storageClassName = 'spec';
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const storageClass = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClassName, annotations },
    provisioner: 'kubernetes.io/no-provisioner',
  };
  const volumes = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `spec-${index}` },
    spec: {
      storageClassName,
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/spec-${index}` },
    },
  }));
  for (const manifest of [storageClass, ...volumes]) {
    const { status, body } = await api.apply(manifest, { manager: 'spec' });
    if (status >= 300) throw new Error(`${manifest.metadata.name} was refused: ${JSON.stringify(body)}`);
  }
}
