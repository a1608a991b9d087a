/** The Deployment of one version of a service, with its sidecar. */
import type { StackSpec } from '@ecommercestack/contracts';
import { PORTS, SETTINGS_FOLDER, environment, sourcesOf } from './environment.ts';
import { hash } from './hash.ts';
import type { Deployment } from './model.ts';
import {
  ANNOTATIONS,
  LABELS,
  appId,
  childName,
  labelValue,
  metadata,
  selector,
  settingsName,
  workloadName,
  type StackIdentity,
  type Track,
} from './names.ts';
import type { ImageRef, ResolvedService } from './resolve.ts';

export interface WorkloadInput extends ImageRef {
  readonly stack: StackIdentity;
  readonly spec: StackSpec;
  readonly service: ResolvedService;
  readonly track: Track;
  /** Undefined where something else scales. */
  readonly replicas: number | undefined;
  /** It handles messages although it is a canary. */
  readonly shared: boolean;
  readonly drainingSince?: string;
  /** Hash of the policies, where a sidecar learns of new ones by a restart only. */
  readonly policies?: string;
  /** Hash by `Kind/name` of the ConfigMaps and Secrets that are known. */
  readonly revisions: ReadonlyMap<string, string>;
}

/** How long a process may take to end once it no longer answers. */
const STOP_SECONDS = 40;

export function deployment(input: WorkloadInput): Deployment {
  const { stack, spec, service, track, replicas, version, drainingSince } = input;
  const labels = { ...selector(stack, service.name, track), [LABELS.version]: labelValue(version) };
  const annotations =
    drainingSince === undefined ? undefined : { [ANNOTATIONS.drainingSince]: drainingSince };
  const { image: settings } = spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(stack, workloadName(stack, service.name, track), labels, annotations),
    spec: {
      ...(replicas !== undefined && { replicas }),
      // A pod that was replaced answers until its successor is ready.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      selector: { matchLabels: selector(stack, service.name, track) },
      template: {
        metadata: {
          labels: { ...labels, [LABELS.managedBy]: 'ecommercestack' },
          annotations: podAnnotations(input),
        },
        spec: {
          serviceAccountName: service.pod.serviceAccountName ?? childName(stack, service.name),
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: drainSeconds(service) + STOP_SECONDS,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          ...(settings.pullSecrets && { imagePullSecrets: settings.pullSecrets.map((name) => ({ name })) }),
          ...placement(input),
          containers: [container(input)],
          volumes: [
            { name: 'settings', configMap: { name: settingsName(stack) } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}

function drainSeconds({ pod }: ResolvedService): number {
  return Math.ceil((pod.drain ?? 0) / 1_000);
}

function container(input: WorkloadInput): Deployment['spec']['template']['spec']['containers'][0] {
  const { spec, service, image } = input;
  const probe = (path: string, periodSeconds: number) => ({
    httpGet: { path, port: 'admin' },
    periodSeconds,
    timeoutSeconds: 2,
  });
  const envFrom = service.envFrom.map(({ secretRef, configMapRef }) =>
    secretRef === undefined ? { configMapRef: { name: configMapRef } } : { secretRef: { name: secretRef } },
  );
  const isGateway = service.name === 'gateway';
  return {
    name: 'service',
    image,
    imagePullPolicy: spec.image.pullPolicy,
    ports: [
      { name: 'admin', containerPort: PORTS.admin },
      ...(isGateway ? [{ name: 'http', containerPort: PORTS.public }] : []),
    ],
    env: environment(input),
    ...(envFrom.length > 0 && { envFrom }),
    resources: amounts(service.resources),
    startupProbe: { ...probe('/healthz', 2), failureThreshold: 60 },
    readinessProbe: probe('/readyz', 2),
    livenessProbe: { ...probe('/healthz', 10), failureThreshold: 6 },
    // Callers go on using the address for a while; only then may the process, and with it the sidecar, begin to stop.
    lifecycle: { preStop: { sleep: { seconds: drainSeconds(service) } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'settings', mountPath: SETTINGS_FOLDER, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function amounts({ requests, limits }: ResolvedService['resources']) {
  return { ...(requests && { requests }), ...(limits && { limits }) };
}

function placement({ stack, service, track }: WorkloadInput) {
  const { nodeSelector, tolerations, affinity, priorityClassName, spread = [] } = service.pod;
  const labelSelector = { matchLabels: selector(stack, service.name, track) };
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(spread.length > 0 && { topologySpreadConstraints: spread.map((one) => ({ ...one, labelSelector })) }),
  };
}

/** https://docs.dapr.io/reference/arguments-annotations-overview/ */
function podAnnotations(input: WorkloadInput): Record<string, string> {
  const { stack, service, track, policies, revisions } = input;
  const drain = drainSeconds(service);
  const sources = sourcesOf(environment(input), service.envFrom);
  const known = sources.flatMap((source) => {
    const revision = revisions.get(source);
    return revision === undefined ? [] : [[source, revision]];
  });
  return {
    ...service.pod.annotations,
    'dapr.io/enabled': 'true',
    'dapr.io/app-id': appId(service.name, track),
    'dapr.io/config': childName(stack, service.name),
    // The gateway only calls: its sidecar has no app to deliver anything to.
    ...(service.name !== 'gateway' && {
      'dapr.io/app-port': String(PORTS.app),
      'dapr.io/app-protocol': 'http',
      'dapr.io/enable-app-health-check': 'true',
      'dapr.io/app-health-check-path': '/healthz',
      'dapr.io/app-health-probe-interval': '1',
      'dapr.io/app-health-threshold': '3',
    }),
    // A native sidecar is told to stop after the app has, and goes on delivering to it until then. This one is told
    // first: it takes no more messages, and carries calls until the app has finished.
    'dapr.io/enable-native-sidecar': 'false',
    // It is made in every sidecar, and needs a right in the cluster that our pods do not have.
    'dapr.io/disable-builtin-k8s-secret-store': 'true',
    'dapr.io/block-shutdown-duration': `${drain + 10}s`,
    'dapr.io/graceful-shutdown-seconds': '20',
    'dapr.io/metrics-port': String(PORTS.sidecarMetrics),
    'dapr.io/log-as-json': 'true',
    'dapr.io/sidecar-cpu-request': '50m',
    'dapr.io/sidecar-memory-request': '96Mi',
    'dapr.io/sidecar-memory-limit': '256Mi',
    'dapr.io/env': 'GOMEMLIMIT=220MiB',
    'dapr.io/sidecar-seccomp-profile-type': 'RuntimeDefault',
    ...(known.length > 0 && { [ANNOTATIONS.configuration]: hash(known) }),
    ...(policies !== undefined && { [ANNOTATIONS.policies]: policies }),
  };
}
