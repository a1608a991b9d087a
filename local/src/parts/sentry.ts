/** Sentry: gives each sidecar its identity, a short-lived certificate. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { startChild } from './child.ts';
import type { Child, ChildOptions } from './child.ts';
import { findSentry } from './dapr.ts';

export interface SentryOptions {
  /** Holds the certificate authority (made at the first start) and the log. */
  readonly dir: string;
  /** A free one when left out. */
  readonly port?: number;
  /** How long an identity lasts, as a Go duration; a sidecar renews its own at about half of it. Default 24h. */
  readonly workloadCertTtl?: string;
  /** How far clocks may differ, as a Go duration: an identity is valid from that much before it is given. */
  readonly allowedClockSkew?: string;
}

export interface Sentry extends Child {
  readonly port: number;
  /** For daprd's `--sentry-address`. */
  readonly address: string;
  /** For daprd's `--control-plane-trust-domain`. */
  readonly trustDomain: string;
  /** For daprd's `--control-plane-namespace`. */
  readonly namespace: string;
  /** What the environment of a sidecar needs: its namespace, and the certificate it trusts. Nothing secret. */
  readonly sidecarEnvironment: Readonly<Record<string, string>>;
}

const NAMESPACE = 'default';
const TRUST_DOMAIN = 'localhost';

/** Restartable on the same folder: identities given before stay valid. Throws `MissingPartError` without Go. */
export async function startSentry(options: SentryOptions): Promise<Sentry> {
  const credentials = path.join(options.dir, 'credentials');
  const port = options.port ?? (await freePort());
  const child = await prepare(options, credentials, port);
  // Sentry restarts itself two seconds after it has made its authority: rather here and now.
  if (!existsSync(path.join(credentials, 'ca.crt'))) await (await startChild(child)).stop();
  const running = await startChild(child);
  return {
    ...running,
    port,
    address: `127.0.0.1:${port}`,
    trustDomain: TRUST_DOMAIN,
    namespace: NAMESPACE,
    sidecarEnvironment: {
      NAMESPACE,
      DAPR_TRUST_ANCHORS: await readFile(path.join(credentials, 'ca.crt'), 'utf8'),
    },
  };
}

async function prepare(options: SentryOptions, credentials: string, port: number): Promise<ChildOptions> {
  await mkdir(credentials, { recursive: true, mode: 0o700 });
  const config = path.join(options.dir, 'sentry.yaml');
  await writeFile(config, configuration(options));
  return {
    name: 'sentry',
    program: await findSentry(),
    args: [
      ['--mode', 'standalone', '--config', config],
      ['--issuer-credentials', credentials],
      ['--trust-domain', TRUST_DOMAIN],
      ['--listen-address', '127.0.0.1', '--port', String(port)],
      ['--healthz-listen-address', '127.0.0.1', '--healthz-port', String(await freePort())],
      ['--metrics-listen-address', '127.0.0.1', '--metrics-port', String(await freePort())],
    ].flat(),
    env: { NAMESPACE },
    dir: options.dir,
    ready: /Running gRPC server on port/,
  };
}

function configuration({ workloadCertTtl, allowedClockSkew }: SentryOptions): string {
  return `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: sentry
spec:
  mtls:
    enabled: true
    workloadCertTTL: ${workloadCertTtl ?? '24h'}
    allowedClockSkew: ${allowedClockSkew ?? '15m'}
`;
}
