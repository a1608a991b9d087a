/** A whole Kubernetes control plane on 127.0.0.1, with nodes that only play: for specs, and to try things out. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../ports.ts';
import { startChild } from '../child.ts';
import type { Child } from '../child.ts';
import { findKubernetes } from '../kubernetes.ts';
import { kubernetesApi } from './api.ts';
import type { KubernetesApi } from './api.ts';
import { makeCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { definitionSources, installDefinitions, readDefinitions } from './definitions.ts';
import type { DefinitionSource } from './definitions.ts';
import { startNodes } from './nodes.ts';
import { until } from './until.ts';

export interface ControlPlaneOptions {
  /** New, and its own: holds the data, credentials and logs. */
  readonly dir: string;
  /** Whose definitions are installed; all of them when left out. */
  readonly definitions?: readonly DefinitionSource[];
  /** False: no controllers and no nodes, so that what is written is all that happens. */
  readonly pods?: boolean;
}

export interface ControlPlane {
  /** The path of a kubeconfig for an administrator. */
  readonly kubeconfig: string;
  readonly url: string;
  /** Where it keeps what it stores. */
  readonly etcd: string;
  readonly api: KubernetesApi;
  /** Processes, the newest first. */
  readonly pids: readonly number[];
  /** Ends all processes; what was stored stays in the folder and is not used again. */
  stop(): Promise<void>;
}

/** Resolves when pods can be created and, where there are nodes, become ready. Throws `MissingPartError` without Go. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const dir = path.resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const children: Child[] = [];
  const started = (child: Child) => {
    children.unshift(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    // Whoever has clients is stopped after them.
    for (const child of children) await child.stop();
  };
  try {
    const credentials = await makeCredentials(dir);
    const etcd = `http://127.0.0.1:${await freePort()}`;
    started(await startEtcd(dir, etcd));
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    started(await startApiServer(dir, port, etcd, credentials));
    const kubeconfig = await credentials.kubeconfig('admin', url);
    const api = kubernetesApi(kubeconfig);
    await until('the API server is ready', async () => (await api.request('GET', '/readyz')).status === 200);
    if (options.pods !== false) {
      started(await startController('controllerManager', dir, credentials, url));
      started(await startController('scheduler', dir, credentials, url));
      started(await startNodes(dir, kubeconfig, api));
    }
    for (const source of options.definitions ?? definitionSources)
      await installDefinitions(api, await readDefinitions(source));
    if (options.pods !== false) {
      await until(
        'there is a service account',
        async () =>
          (await api.request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200,
      );
    }
    return {
      kubeconfig,
      url,
      etcd,
      api,
      pids: children.map(({ pid }) => pid),
      stop: async () => {
        await api.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(dir: string, url: string): Promise<Child> {
  const peers = `http://127.0.0.1:${await freePort()}`;
  return startChild({
    name: 'etcd',
    program: await findKubernetes('etcd'),
    args: [
      ['--data-dir', path.join(dir, 'etcd')],
      ['--listen-client-urls', url, '--advertise-client-urls', url],
      ['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
      ['--initial-cluster', `default=${peers}`],
      // Processes end here, never the machine.
      ['--unsafe-no-fsync', '--log-level', 'info'],
    ].flat(),
    env: {},
    dir,
    ready: /ready to serve client requests/,
  });
}

async function startApiServer(
  dir: string,
  port: number,
  etcd: string,
  { tokenFile, serviceAccountKey, certificates }: Credentials,
): Promise<Child> {
  return startChild({
    name: 'kube-apiserver',
    program: await findKubernetes('apiserver'),
    args: [
      ['--etcd-servers', etcd],
      ['--bind-address', '127.0.0.1', '--advertise-address', '127.0.0.1', '--secure-port', String(port)],
      ['--cert-dir', certificates, '--token-auth-file', tokenFile],
      ['--service-account-issuer', 'https://kubernetes.default.svc'],
      ['--service-account-key-file', serviceAccountKey],
      ['--service-account-signing-key-file', serviceAccountKey],
      ['--service-cluster-ip-range', '10.96.0.0/16', '--endpoint-reconciler-type', 'none'],
      ['--authorization-mode', 'Node,RBAC'],
    ].flat(),
    env: {},
    dir,
    ready: /Serving securely on/,
  });
}

async function startController(
  program: 'controllerManager' | 'scheduler',
  dir: string,
  credentials: Credentials,
  url: string,
): Promise<Child> {
  const own = {
    controllerManager: [
      ['--use-service-account-credentials=true'],
      ['--root-ca-file', path.join(credentials.certificates, 'apiserver.crt')],
      ['--service-account-private-key-file', credentials.serviceAccountKey],
      ['--horizontal-pod-autoscaler-sync-period', '2s'],
      // A busy machine is no reason to give up a node.
      ['--node-monitor-grace-period', '30m'],
    ],
    scheduler: [],
  }[program];
  return startChild({
    name: program === 'scheduler' ? 'kube-scheduler' : 'kube-controller-manager',
    program: await findKubernetes(program),
    args: [
      ['--kubeconfig', await credentials.kubeconfig(program, url)],
      ['--secure-port', '0', '--leader-elect=false'],
      // With the defaults, a service account comes four seconds after its namespace.
      ['--kube-api-qps', '300', '--kube-api-burst', '600'],
      ...own,
    ].flat(),
    env: {},
    dir,
    ready: /./,
  });
}
