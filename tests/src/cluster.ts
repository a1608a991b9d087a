/** The cluster that KUBECONFIG names, for specs: namespaces of their own, and what lies in them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetesApi, findKubernetes } from '@ecommercestack/local/cluster';
import type { KubernetesApi, Manifest } from '@ecommercestack/local/cluster';
import { runToEnd } from '@ecommercestack/local/parts';
import { eventually } from './eventually.ts';
export { eventually };

export interface ClusterObject extends Manifest {
  readonly metadata: Manifest['metadata'] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
      readonly fieldsV1: Readonly<Record<string, unknown>>;
    }[];
  };
}

export interface TestCluster {
  readonly kubeconfig: string;
  readonly api: KubernetesApi;
  /** Makes one with a name that nobody else has; it goes with the cluster's `close`. */
  namespace(): Promise<string>;
  /** Standard output and error. Throws with them when it fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Server-side apply as a user. Throws when it is refused. */
  apply(manifest: Manifest): Promise<ClusterObject>;
  get(apiVersion: string, kind: string, namespace: string, name: string): Promise<ClusterObject | undefined>;
  list(apiVersion: string, kind: string, namespace: string, labels?: string): Promise<ClusterObject[]>;
  /** All that became of an object since it was as it is given: its versions in order, the last as it was deleted. */
  since(object: ClusterObject): Promise<readonly (ClusterObject & { readonly isDeleted: boolean })[]>;
  /** A JSON merge patch of an object, or of a subresource. Throws when it is refused. */
  merge(object: Manifest, patch: object, subresource?: string): Promise<ClusterObject>;
  /** Resolves when it is accepted, not when it is gone. */
  delete(object: Manifest): Promise<void>;
  /** Throws while somebody holds namespaces back for longer than three minutes. */
  close(): Promise<void>;
}

/** Of the cluster that is handed to specs of the tier `cluster`. Throws when there is none. */
export function testCluster(kubeconfig = process.env['KUBECONFIG']): TestCluster {
  if (kubeconfig === undefined) throw new Error('KUBECONFIG names no cluster');
  const api = kubernetesApi(kubeconfig);
  const namespaces: string[] = [];

  async function send(method: string, path: string, body?: unknown, type?: string): Promise<unknown> {
    const answer = await api.request(method, path, body, type);
    if (answer.status < 300) return answer.body;
    // Of a kind that was defined a moment ago.
    if (answer.status === 429) {
      await sleep(200);
      return send(method, path, body, type);
    }
    throw new Error(`${method} ${path} → ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  const pathTo = ({ apiVersion, kind, metadata }: Manifest) =>
    api.pathOf(apiVersion, kind, metadata.namespace, metadata.name);

  return {
    kubeconfig,
    api,
    namespace: async () => {
      const name = `spec-${crypto.randomUUID().slice(0, 13)}`;
      await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      namespaces.push(name);
      return name;
    },
    kubectl: async (...args) =>
      runToEnd(await findKubernetes('kubectl'), args, {
        cwd: process.cwd(),
        env: { KUBECONFIG: kubeconfig },
      }),
    apply: async (manifest) => {
      const { status, body } = await api.apply(manifest, { manager: 'spec' });
      if (status < 300) return body as ClusterObject;
      const name = `${manifest.kind}/${manifest.metadata.name}`;
      throw new Error(`${name} was refused with ${status}: ${JSON.stringify(body)}`);
    },
    get: async (apiVersion, kind, namespace, name) => {
      const path = await api.pathOf(apiVersion, kind, namespace, name);
      const { status, body } = await api.request('GET', path);
      if (status === 404) return undefined;
      if (status >= 300) throw new Error(`GET ${path} → ${status}: ${JSON.stringify(body)}`);
      return body as ClusterObject;
    },
    list: async (apiVersion, kind, namespace, labels = '') => {
      const path = await api.pathOf(apiVersion, kind, namespace);
      const query = `?labelSelector=${encodeURIComponent(labels)}`;
      const { items } = (await send('GET', path + query)) as { items: Omit<ClusterObject, 'kind'>[] };
      return items.map((item) => ({ ...item, apiVersion, kind }) as ClusterObject);
    },
    since: (object) => versionsSince(api, object),
    merge: async (object, patch, subresource) => {
      const path = (await pathTo(object)) + (subresource === undefined ? '' : `/${subresource}`);
      return (await send('PATCH', path, patch, 'application/merge-patch+json')) as ClusterObject;
    },
    delete: async (object) => void (await send('DELETE', await pathTo(object))),
    close: async () => {
      await removeNamespaces(api, namespaces);
      await api.close();
    },
  };
}

async function versionsSince(api: KubernetesApi, object: ClusterObject) {
  const { apiVersion, kind, metadata } = object;
  const path = await api.pathOf(apiVersion, kind, metadata.namespace);
  const events = await api.watch(path, metadata.resourceVersion, 1);
  const failed = events.find(({ type }) => type === 'ERROR');
  if (failed !== undefined) throw new Error(`${path}: ${JSON.stringify(failed.object)}`);
  return events
    .map(({ type, object: then }) => ({ ...(then as ClusterObject), isDeleted: type === 'DELETED' }))
    .filter((then) => then.metadata.name === metadata.name);
}

async function removeNamespaces(api: KubernetesApi, names: readonly string[]): Promise<void> {
  for (const name of names) await api.request('DELETE', `/api/v1/namespaces/${name}`);
  for (const name of names) {
    const isGone = async () => (await api.request('GET', `/api/v1/namespaces/${name}`)).status === 404;
    await eventually(`namespace ${name} is gone`, isGone, { deadlineMs: 180_000 });
  }
}

/** What lies at a path such as `spec.template.spec.containers.0.image`; undefined where there is nothing. */
export function fieldOf(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
      object,
    );
}
