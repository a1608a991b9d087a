/** The command line and the environment of one daprd. */
import type { Sentry } from '../parts.ts';
import type { DaprFolder } from './folder.ts';
import type { Instance } from './instances.ts';

export interface SidecarPorts {
  readonly http: number;
  readonly grpc: number;
  readonly internal: number;
  readonly metrics: number;
}

export interface SidecarOptions {
  readonly instance: Instance;
  readonly ports: SidecarPorts;
  /** Undefined: it takes no calls and no messages. */
  readonly appPort: number | undefined;
  readonly folder: DaprFolder;
  readonly sentry: Pick<Sentry, 'address' | 'trustDomain' | 'namespace' | 'sidecarEnvironment'>;
  /** Addresses that the components ask for, and the tokens between an app and its sidecar. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How long it goes on publishing for an app that still finishes its work; the app's end ends it sooner. */
const BLOCK_SHUTDOWN = '25s';
const LOOPBACK = '127.0.0.1';

export function sidecarArguments(options: SidecarOptions): readonly string[] {
  const { instance, ports, appPort, folder, sentry } = options;
  return [
    ['--app-id', instance.appId],
    ['--resources-path', folder.resources],
    ...folder.configurations(instance.service).map((file) => ['--config', file]),
    ['--dapr-listen-addresses', LOOPBACK],
    ['--dapr-internal-grpc-listen-address', LOOPBACK],
    ['--metrics-listen-address', LOOPBACK],
    ['--dapr-http-port', String(ports.http)],
    ['--dapr-grpc-port', String(ports.grpc)],
    ['--dapr-internal-grpc-port', String(ports.internal)],
    ['--metrics-port', String(ports.metrics)],
    ['--enable-mtls', '--sentry-address', sentry.address],
    ['--control-plane-trust-domain', sentry.trustDomain],
    ['--control-plane-namespace', sentry.namespace],
    ['--dapr-graceful-shutdown-seconds', '10'],
    ['--log-as-json'],
    ...(appPort === undefined ? [] : [...appArguments(appPort)]),
  ].flat();
}

/** Messages stop within three seconds of an app that cannot handle them, instead of fifteen. */
function appArguments(port: number): readonly (readonly string[])[] {
  return [
    ['--app-port', String(port), '--app-protocol', 'http', '--app-channel-address', LOOPBACK],
    ['--enable-app-health-check', '--app-health-check-path', '/healthz'],
    ['--app-health-probe-interval', '1', '--app-health-threshold', '3'],
    ['--dapr-block-shutdown-duration', BLOCK_SHUTDOWN],
  ];
}

export function sidecarEnvironment({ sentry, environment, folder }: SidecarOptions): Record<string, string> {
  return {
    ...environment,
    ...sentry.sidecarEnvironment,
    SECRETS_FILE: folder.secretsFile,
    // Without a route of its own, a machine has no address that daprd would take by itself.
    DAPR_HOST_IP: LOOPBACK,
    GOMEMLIMIT: '192MiB',
  };
}
