/** Dapr's own control plane beside a cluster, for specs: the operator that keeps Services and hands resources to sidecars. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findDaprOperator, startChild, startSentry } from '@ecommercestack/local/parts';
import type { Child, Sentry } from '@ecommercestack/local/parts';
import type { TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { freePort } from './sidecar.ts';

export interface DaprControlPlane {
  readonly sentry: Sentry;
  readonly operator: Child;
  /** Of the operator, for sidecars. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Looks after one namespace; its own configuration lies in `default`, where no second one may run. */
export async function startDaprControlPlane(
  cluster: TestCluster,
  dir: string,
  watched: string,
): Promise<DaprControlPlane> {
  await mkdir(dir, { recursive: true });
  const sentry = await startSentry({ dir: path.join(dir, 'sentry') });
  const anchors = path.join(dir, 'ca.crt');
  await writeFile(anchors, sentry.sidecarEnvironment['DAPR_TRUST_ANCHORS'] ?? '');
  await cluster.apply({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Configuration',
    metadata: { name: 'daprsystem', namespace: sentry.namespace },
    spec: {
      metrics: { enabled: true },
      mtls: {
        enabled: true,
        controlPlaneTrustDomain: sentry.trustDomain,
        sentryAddress: sentry.address,
        workloadCertTTL: '24h',
        allowedClockSkew: '15m',
      },
    },
  });
  const [api, health, webhooks, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const operator = await startChild({
    name: 'dapr-operator',
    program: await findDaprOperator(),
    args: [
      ['--trust-anchors-file', anchors, '--disable-leader-election', '--watch-namespace', watched],
      ['--listen-address', '127.0.0.1', '--port', String(api)],
      ['--healthz-listen-address', '127.0.0.1', '--healthz-port', String(health)],
      ['--webhook-server-listen-address', '127.0.0.1', '--webhook-server-port', String(webhooks)],
      ['--metrics-port', String(metrics), '--log-level', 'debug'],
    ].flat(),
    env: {
      KUBECONFIG: cluster.kubeconfig,
      NAMESPACE: sentry.namespace,
      ENABLE_WEBHOOKS: 'false',
      DAPR_UNSAFE_SKIP_CONTAINER_UID_GID_CHECK: 'true',
    },
    dir,
    ready: /Dapr Operator started/,
  });
  const isHealthy = async () =>
    (await fetch(`http://127.0.0.1:${health}/healthz`).catch(() => undefined))?.ok;
  await eventually('the operator of Dapr is ready', isHealthy);
  return {
    sentry,
    operator,
    address: `127.0.0.1:${api}`,
    stop: async () => {
      await operator.stop();
      await sentry.stop();
    },
  };
}
