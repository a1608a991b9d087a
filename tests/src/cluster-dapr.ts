/** Dapr's own control plane beside a cluster, for specs: the operator that keeps Services and hands resources to sidecars. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findDaprd, findDaprOperator, freePort, startChild, startSentry } from '@ecommercestack/local/parts';
import type { Child, Sentry } from '@ecommercestack/local/parts';
import { fieldOf } from './cluster.ts';
import type { ClusterObject, TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';

export interface DaprControlPlane {
  readonly sentry: Sentry;
  readonly operator: Child;
  /** Of the operator, for sidecars. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface PodSidecar extends Child {
  readonly appId: string;
  /** Of its HTTP API. */
  readonly url: string;
  readonly metricsUrl: string;
  readonly logFile: string;
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

export interface PodSidecarOptions {
  readonly dapr: DaprControlPlane;
  /** Holds its log. */
  readonly dir: string;
  /** An app on 127.0.0.1 in the place of the container. */
  readonly appPort?: number;
}

/** Of a pod of this Deployment, as the injector would start it. Resolves when its subscriptions stand, too. */
export async function startPodSidecar(
  deployment: ClusterObject,
  { dapr: { address, sentry }, dir, appPort }: PodSidecarOptions,
): Promise<PodSidecar> {
  const told = (annotation: string) =>
    String(fieldOf(deployment, 'spec.template.metadata.annotations')?.[`dapr.io/${annotation}` as never]);
  const appId = told('app-id');
  const [http, grpc, internal, metrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const app = [
    ['--app-port', String(appPort), '--app-protocol', told('app-protocol'), '--enable-app-health-check'],
    ['--app-health-check-path', told('app-health-check-path')],
    ['--app-health-probe-interval', told('app-health-probe-interval')],
    ['--app-health-threshold', told('app-health-threshold')],
  ].flat();
  const name = `daprd-${appId}-${http}`;
  const child = await startChild({
    name,
    program: await findDaprd(),
    dir,
    args: [
      ['--mode', 'kubernetes', '--app-id', appId, '--config', told('config')],
      ['--control-plane-address', address, '--sentry-address', sentry.address, '--enable-mtls'],
      ['--control-plane-trust-domain', sentry.trustDomain, '--control-plane-namespace', sentry.namespace],
      ['--dapr-listen-addresses', '127.0.0.1', '--dapr-internal-grpc-listen-address', '127.0.0.1'],
      ['--dapr-http-port', String(http), '--dapr-grpc-port', String(grpc)],
      ['--dapr-internal-grpc-port', String(internal), '--metrics-port', String(metrics)],
      ['--disable-builtin-k8s-secret-store', '--log-level', 'debug'],
      appPort === undefined ? [] : app,
    ].flat(),
    env: {
      ...sentry.sidecarEnvironment,
      NAMESPACE: deployment.metadata.namespace ?? '',
      POD_NAME: `${appId}-0`,
      DAPR_HOST_IP: '127.0.0.1',
      DAPR_UNSAFE_SKIP_CONTAINER_UID_GID_CHECK: 'true',
    },
    ready: /dapr initialized/,
  });
  const url = `http://127.0.0.1:${http}`;
  await eventually(`the sidecar of ${appId} is healthy`, async () => (await fetch(`${url}/v1.0/healthz`)).ok);
  return {
    ...child,
    appId,
    url,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    logFile: path.join(dir, `${name}.log`),
  };
}
