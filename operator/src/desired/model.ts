/** The objects that the operator writes: only the fields that it owns, as bodies of server-side applies. */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  readonly blockOwnerDeletion: true;
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Kinds, each with its API version, in the order in which they are looked for. */
export const API_VERSIONS = {
  ServiceAccount: 'v1',
  ConfigMap: 'v1',
  Service: 'v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  Ingress: 'networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  ScaledObject: 'keda.sh/v1alpha1',
  ServiceMonitor: 'monitoring.coreos.com/v1',
  Component: 'dapr.io/v1alpha1',
  Configuration: 'dapr.io/v1alpha1',
  Resiliency: 'dapr.io/v1alpha1',
  Subscription: 'dapr.io/v2alpha1',
} as const;
export type Kind = keyof typeof API_VERSIONS;

/** What a cluster may lack, and the kinds that come with it. */
export const OPTIONAL_KINDS = {
  dapr: ['Component', 'Configuration', 'Resiliency', 'Subscription'],
  'gateway-api': ['HTTPRoute'],
  keda: ['ScaledObject'],
  prometheus: ['ServiceMonitor'],
} as const satisfies Record<string, readonly Kind[]>;
export type Extension = keyof typeof OPTIONAL_KINDS;

/** The optional kinds of which nothing can be made, and of what is there nothing is to be concluded. */
export function missingKinds(extensions: ReadonlySet<Extension>): ReadonlySet<Kind> {
  return new Set(
    Object.entries(OPTIONAL_KINDS).flatMap(([extension, kinds]) =>
      extensions.has(extension as Extension) ? [] : kinds,
    ),
  );
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface ContainerVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Readonly<Record<string, unknown>>;
}

/** The one kind whose fields are looked at again once it is built. */
export interface Deployment extends KubeObject {
  readonly kind: 'Deployment';
  readonly spec: {
    /** Missing where something else scales. */
    readonly replicas?: number;
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations: Readonly<Record<string, string>>;
      };
      readonly spec: {
        readonly containers: readonly [{ readonly image: string; readonly [field: string]: unknown }];
        readonly [field: string]: unknown;
      };
    };
    readonly [field: string]: unknown;
  };
}

/** `Deployment/shop-order`; objects of a stack share a namespace. */
export type Key = `${string}/${string}`;

export function keyOf(object: { readonly kind: string; readonly metadata: { readonly name: string } }): Key {
  return `${object.kind}/${object.metadata.name}`;
}
