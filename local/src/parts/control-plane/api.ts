/** A plain client of a Kubernetes API: paths in, JSON out, nothing remembered but where each kind is served. */
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { parse } from 'yaml';
import * as z from 'zod';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR';
  readonly object: unknown;
}

export interface ApplyParameters {
  readonly manager?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export interface KubernetesApi {
  readonly url: string;
  /** Any status is an answer. A patch says what kind it is by `contentType`. */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** What a watch of a list tells within so many seconds, from what happened since a resource version on. */
  watch(path: string, resourceVersion: string, seconds: number): Promise<readonly WatchEvent[]>;
  /** Server-side apply; a refusal is an answer, too. */
  apply(manifest: Manifest, parameters?: ApplyParameters): Promise<Answer>;
  /** The path of an object, or of all of its kind when it has no name. Throws when the kind is not served. */
  pathOf(apiVersion: string, kind: string, namespace?: string, name?: string): Promise<string>;
  close(): Promise<void>;
}

const config = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string().optional() }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key-data': z.string().optional(),
      }),
    }),
  ),
});

/** As the current context of a kubeconfig says, by token or client certificate. */
export function kubernetesApi(kubeconfig: string): KubernetesApi {
  const { server, token, tls } = readKubeconfig(kubeconfig);
  const dispatcher = new Agent({ connect: tls, connections: 16 });
  const kinds = new Map<string, Promise<ReadonlyMap<string, Resource>>>();

  async function request(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
    form: 'document' | 'lines' = 'document',
  ): Promise<Answer> {
    const response = await fetch(server + path, {
      method,
      dispatcher,
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, body: isJson ? parsed(text, form) : text };
  }

  async function resource(apiVersion: string, kind: string): Promise<Resource> {
    const known = kinds.get(apiVersion) ?? servedKinds(apiVersion, request);
    kinds.set(apiVersion, known);
    const found = (await known).get(kind);
    if (found !== undefined) return found;
    // It may have been installed since.
    kinds.delete(apiVersion);
    throw new Error(`${apiVersion} ${kind} is not served`);
  }

  async function pathOf(
    apiVersion: string,
    kind: string,
    namespace?: string,
    name?: string,
  ): Promise<string> {
    const { plural, namespaced } = await resource(apiVersion, kind);
    return [
      groupPath(apiVersion),
      ...(namespaced && namespace !== undefined ? ['namespaces', namespace] : []),
      plural,
      ...(name === undefined ? [] : [name]),
    ].join('/');
  }

  return {
    url: server,
    request,
    pathOf,
    watch: async (path, resourceVersion, seconds) => {
      const query = `watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=${seconds}`;
      const { body } = await request('GET', `${path}?${query}`, undefined, undefined, 'lines');
      return body as readonly WatchEvent[];
    },
    apply: async (manifest, { manager = 'spec', dryRun = false, force = false } = {}) => {
      const { apiVersion, kind, metadata } = manifest;
      const path = await pathOf(apiVersion, kind, metadata.namespace ?? 'default', metadata.name);
      const query = `fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`;
      return request('PATCH', `${path}?${query}`, manifest, 'application/apply-patch+yaml');
    },
    close: () => dispatcher.close(),
  };
}

function parsed(text: string, form: 'document' | 'lines'): unknown {
  if (form === 'document') return JSON.parse(text);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as unknown);
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

const resourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

async function servedKinds(
  apiVersion: string,
  request: KubernetesApi['request'],
): Promise<ReadonlyMap<string, Resource>> {
  const { status, body } = await request('GET', groupPath(apiVersion));
  if (status === 404) return new Map();
  const { resources } = resourceList.parse(body);
  return new Map(
    resources
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]),
  );
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function readKubeconfig(file: string) {
  const { contexts, clusters, users, ...rest } = config.parse(parse(readFileSync(file, 'utf8')));
  const context = contexts.find(({ name }) => name === rest['current-context'])?.context;
  const cluster = clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = users.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${file} names no cluster and user`);
  const decode = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64'));
  const parts = {
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
  const tls = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return { server: cluster.server.replace(/\/$/, ''), token: user.token, tls };
}
