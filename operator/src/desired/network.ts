/** How pods are reached: from each other, from what watches them, and from the world. */
import type { StackSpec } from '@ecommercestack/contracts';
import { PORTS } from './environment.ts';
import type { KubeObject } from './model.ts';
import {
  LABELS,
  childName,
  metadata,
  selector,
  workloadName,
  type StackIdentity,
  type Track,
} from './names.ts';
import type { ResolvedService } from './resolve.ts';

interface Input {
  readonly stack: StackIdentity;
  readonly service: ResolvedService;
}

const labelsOf = (service: string) => ({ [LABELS.service]: service });

export function serviceAccount({ stack, service }: Input): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(stack, childName(stack, service.name), labelsOf(service.name)),
    automountServiceAccountToken: false,
  };
}

/** Without a track, it leads to the pods of both. */
export function clusterService(
  stack: StackIdentity,
  service: string,
  name: string,
  track?: Track,
): KubeObject {
  const port = (of: string, number: number) => ({
    name: of,
    port: number,
    targetPort: number,
    protocol: 'TCP',
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(stack, name, { ...labelsOf(service), ...(track && { [LABELS.track]: track }) }),
    spec: {
      selector: selector(stack, service, track),
      ports: [
        ...(service === 'gateway' ? [port('http', PORTS.public)] : []),
        port('admin', PORTS.admin),
        port('sidecar-metrics', PORTS.sidecarMetrics),
      ],
    },
  };
}

/** Who may reach the pods of a service. What they may reach is not limited: where the stores are is not ours to know. */
export function networkPolicy({ stack, service }: Input, callers: readonly string[]): KubeObject {
  const tcp = (...ports: readonly number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(stack, childName(stack, service.name), labelsOf(service.name)),
    spec: {
      podSelector: { matchLabels: selector(stack, service.name) },
      policyTypes: ['Ingress'],
      ingress: [
        ...(callers.length > 0
          ? [
              {
                from: callers.map((caller) => ({ podSelector: { matchLabels: selector(stack, caller) } })),
                ports: tcp(PORTS.sidecarCalls),
              },
            ]
          : []),
        ...(service.name === 'gateway' ? [{ ports: tcp(PORTS.public) }] : []),
        { ports: tcp(PORTS.admin, PORTS.sidecarMetrics) },
      ],
    },
  };
}

export interface RouteInput {
  readonly stack: StackIdentity;
  readonly ingress: NonNullable<StackSpec['ingress']>;
  /** The gateway's own second version: whole per cents, and headers that force it. */
  readonly second:
    | {
        readonly weight: number;
        readonly headers: readonly { readonly name: string; readonly value: string }[];
      }
    | undefined;
}

export function httpRoute({ stack, ingress, second }: RouteInput): KubeObject {
  const backend = (track: Track, weight: number) => ({
    name: workloadName(stack, 'gateway', track),
    port: PORTS.public,
    weight,
  });
  const { parentRefs = [], hostnames } = ingress;
  const forced = second === undefined ? [] : second.headers;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadata(stack, childName(stack, 'gateway'), labelsOf('gateway')),
    spec: {
      parentRefs: parentRefs.map(({ name, namespace, sectionName }) => ({
        name,
        ...(namespace !== undefined && { namespace }),
        ...(sectionName !== undefined && { sectionName }),
      })),
      hostnames,
      rules: [
        ...(forced.length > 0
          ? [
              {
                matches: forced.map(({ name, value }) => ({ headers: [{ type: 'Exact', name, value }] })),
                backendRefs: [backend('canary', 100)],
              },
            ]
          : []),
        {
          backendRefs:
            second === undefined
              ? [backend('stable', 100)]
              : [backend('stable', 100 - second.weight), backend('canary', second.weight)],
        },
      ],
    },
  };
}

export function ingressObject({ stack, ingress }: Pick<RouteInput, 'stack' | 'ingress'>): KubeObject {
  const { className, hostnames, tlsSecretName } = ingress;
  const name = workloadName(stack, 'gateway', 'stable');
  const backend = { service: { name, port: { name: 'http' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(stack, childName(stack, 'gateway'), labelsOf('gateway')),
    spec: {
      ingressClassName: className,
      ...(tlsSecretName !== undefined && { tls: [{ hosts: hostnames, secretName: tlsSecretName }] }),
      rules: hostnames.map((host) => ({
        host,
        http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
      })),
    },
  };
}

/** What Prometheus scrapes: the services and their sidecars. */
export function serviceMonitor(stack: StackIdentity): KubeObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadata(stack, childName(stack, 'services')),
    spec: {
      selector: { matchLabels: { [LABELS.stack]: stack.name, [LABELS.managedBy]: 'ecommercestack' } },
      targetLabels: [LABELS.service, LABELS.track],
      // The name of the service in our own figures is the one that alerts ask for.
      endpoints: [{ port: 'admin', honorLabels: true }, { port: 'sidecar-metrics' }],
    },
  };
}
