/** A real daprd for specs, with the components that a spec writes for it. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findDaprd, freePort, nameResolution, startChild } from '@ecommercestack/local/parts';
import type { Child } from '@ecommercestack/local/parts';
import { fetch } from 'undici';

export interface SidecarOptions {
  /** Its own: logs and resources; made when missing. */
  readonly dir: string;
  readonly appId: string;
  /** Of an app on 127.0.0.1; without one it neither takes calls nor messages. */
  readonly appPort?: number;
  /** YAML by file name, one or more documents each; a Resiliency alone in its file. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Folders of resources beside those. */
  readonly resourceFolders?: readonly string[];
  /** Where the sidecars of one spec look each other up: a file that they share. Without it, nobody is found. */
  readonly names?: string;
  /** Configuration files beside the one for the names. */
  readonly configurations?: readonly string[];
  /** What it asks of its callers, and what it says to its app. */
  readonly apiToken?: string;
  readonly appToken?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

export interface Sidecar extends Child {
  /** Of its HTTP API. */
  readonly url: string;
  readonly httpPort: number;
  readonly metricsUrl: string;
  readonly logFile: string;
  /** Resolves when its app, too, is there, and its subscriptions stand. */
  whole(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const READY_MS = 60_000;

/** Resolves when it can publish and call; see `whole` for the way to its app. Throws `MissingPartError`. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { dir, appId } = options;
  const resources = path.join(dir, 'resources');
  await mkdir(resources, { recursive: true });
  for (const [name, text] of Object.entries(options.resources ?? {}))
    await writeFile(path.join(resources, name), text);
  const configurations = [...(options.configurations ?? [])];
  if (options.names !== undefined) {
    const file = path.join(dir, 'names.yaml');
    await writeFile(file, namesConfiguration(options.names));
    configurations.push(file);
  }
  const [http, grpc, internal, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const child = await startChild({
    name: `daprd-${appId}`,
    program: await findDaprd(),
    dir,
    args: [
      ['--app-id', appId],
      [resources, ...(options.resourceFolders ?? [])].flatMap((each) => ['--resources-path', each]),
      configurations.flatMap((each) => ['--config', each]),
      ['--dapr-listen-addresses', LOOPBACK, '--dapr-internal-grpc-listen-address', LOOPBACK],
      ['--dapr-http-port', String(http), '--dapr-grpc-port', String(grpc)],
      ['--dapr-internal-grpc-port', String(internal)],
      ['--metrics-listen-address', LOOPBACK, '--metrics-port', String(metrics)],
      options.appPort === undefined ? [] : ['--app-port', String(options.appPort), '--app-protocol', 'http'],
      options.flags ?? [],
    ].flat(),
    env: {
      DAPR_HOST_IP: LOOPBACK,
      ...(options.apiToken !== undefined && { DAPR_API_TOKEN: options.apiToken }),
      ...(options.appToken !== undefined && { APP_API_TOKEN: options.appToken }),
      ...options.env,
    },
    ready: /HTTP server is running on port|Starting HTTP server|dapr initialized/i,
  });
  const url = `http://${LOOPBACK}:${http}`;
  const until = (health: string) => untilHealthy(url + health, child);
  await until('/v1.0/healthz/outbound');
  return {
    ...child,
    url,
    httpPort: http,
    metricsUrl: `http://${LOOPBACK}:${metrics}/metrics`,
    logFile: path.join(dir, `daprd-${appId}.log`),
    whole: () => until('/v1.0/healthz'),
  };
}

async function untilHealthy(url: string, { ended }: Child): Promise<void> {
  const end = Date.now() + READY_MS;
  const gone = ended.then(() => true);
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.status === 204) return;
    if (Date.now() > end) throw new Error(`${url} answers ${response?.status ?? 'nothing'}`);
    if (await Promise.race([gone, pause(25, false)])) throw new Error('the sidecar ended while starting');
  }
}

function namesConfiguration(file: string): string {
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'names' },
    spec: { nameResolution: nameResolution(file) },
  });
}
