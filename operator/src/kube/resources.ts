/** Where the API server serves each kind that the operator reads or writes. */
import { API_VERSIONS, type Kind } from '../desired/model.ts';

/** Kinds beside the children of a stack. */
const OTHERS = {
  EcommerceStack: 'ecommercestack.io/v1alpha1',
  Pod: 'v1',
  Namespace: 'v1',
  Event: 'v1',
  Lease: 'coordination.k8s.io/v1',
} as const;

export type ApiKind = Kind | keyof typeof OTHERS;

/** The plural is the kind in lower case with an `s`, but for these. */
const PLURALS: Readonly<Partial<Record<ApiKind, string>>> = {
  NetworkPolicy: 'networkpolicies',
  Ingress: 'ingresses',
  Resiliency: 'resiliencies',
};

export function apiVersionOf(kind: ApiKind): string {
  return kind in API_VERSIONS ? API_VERSIONS[kind as Kind] : OTHERS[kind as keyof typeof OTHERS];
}

function pluralOf(kind: string): string {
  return PLURALS[kind as ApiKind] ?? `${kind.toLowerCase()}s`;
}

/** The path of all objects of a kind: of a namespace, or of all. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${pluralOf(kind)}`;
}

export function objectPath(apiVersion: string, kind: string, namespace: string, name: string): string {
  return `${collectionPath(apiVersion, kind, namespace)}/${name}`;
}
