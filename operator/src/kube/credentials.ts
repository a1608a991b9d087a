/** How to reach an API server, and as whom: the kubeconfig formats, in-cluster tokens and plugins of the client library. */
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';

export interface Access {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Tokens and certificates are read again when they are older than some seconds. */
  access(): Promise<Access>;
  /** They were refused: the next `access` reads them again. */
  forget(): void;
  close(): Promise<void>;
}

/** The library reads tokens from files at its own pace; certificates of plugins change as seldom. */
const FRESH_MS = 10_000;

/** A path to a kubeconfig; without one: `KUBECONFIG`, the home folder, or the pod that this runs in. Throws when there is none. */
export function loadCredentials(kubeconfig?: string): Credentials {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names no cluster');
  // What the library makes up when it finds nothing.
  if (kubeconfig === undefined && cluster.server === 'http://localhost:8080')
    throw new Error('no cluster is known: set KUBECONFIG, or run in a pod with a service account');
  const { server } = cluster;
  let current: { readonly since: number; readonly tls: string; readonly access: Access } | undefined;
  let reading: Promise<Access> | undefined;

  const read = async (): Promise<Access> => {
    const options: TlsOptions & { headers?: Record<string, string> } = {};
    await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
    const { ca, cert, key, rejectUnauthorized, servername, headers = {} } = options;
    const tls = { ca, cert, key, rejectUnauthorized, servername };
    const name = JSON.stringify(tls);
    // Streams that are open go on over the old connections.
    const isSame = current?.tls === name;
    const dispatcher = isSame && current ? current.access.dispatcher : dispatcherFor(cluster.proxyUrl, tls);
    const access = { dispatcher, headers };
    current = { since: performance.now(), tls: name, access };
    return access;
  };

  return {
    server: server.replace(/\/$/, ''),
    access: async () => {
      if (current !== undefined && performance.now() - current.since < FRESH_MS) return current.access;
      reading ??= read().finally(() => (reading = undefined));
      return reading;
    },
    forget: () => {
      if (current !== undefined) current = { ...current, since: Number.NEGATIVE_INFINITY };
    },
    close: async () => {
      await current?.access.dispatcher.destroy();
    },
  };
}

interface TlsOptions {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  rejectUnauthorized?: boolean;
  servername?: string;
}

/** A connection for each request in flight: what breaks one stream breaks no other. */
function dispatcherFor(
  proxy: string | undefined,
  tls: { readonly [K in keyof TlsOptions]: TlsOptions[K] | undefined },
): Dispatcher {
  const connect = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const common = { connect: { ...connect, keepAlive: true, timeout: 5_000 }, allowH2: false } as const;
  return proxy === undefined
    ? new Agent(common)
    : new ProxyAgent({ ...common, uri: proxy, requestTls: connect });
}
