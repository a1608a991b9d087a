/** Every name and label that the operator gives. */
import type { Metadata, OwnerReference } from './model.ts';

export type Track = 'stable' | 'canary';

export const MANAGER = 'ecommercestack';
const PREFIX = 'ecommercestack.io';

export const LABELS = {
  service: 'app.kubernetes.io/name',
  stack: 'app.kubernetes.io/instance',
  version: 'app.kubernetes.io/version',
  managedBy: 'app.kubernetes.io/managed-by',
  track: `${PREFIX}/track`,
} as const;

export const ANNOTATIONS = {
  /** Hash of the object as it was last applied: tells that a field is no longer wanted. */
  applied: `${PREFIX}/applied`,
  /** Of a canary that gets nothing any more: since when. */
  drainingSince: `${PREFIX}/draining-since`,
  /** Of a Resiliency or a Configuration: when its sidecars were last made to reload. */
  changedAt: `${PREFIX}/changed-at`,
  /** Of an autoscaler: how many pods the stable version needs before it can take over from a second one. */
  floor: `${PREFIX}/floor`,
  /** Of a pod: the settings that it was told of; a change makes its kubelet read the ConfigMap again. */
  settings: `${PREFIX}/settings-revision`,
  /** Of a pod template: what its configuration was made of. */
  configuration: `${PREFIX}/configuration`,
  /** What it was made of: of a Resiliency or a Configuration, and of the pods that do not reload them. */
  policies: `${PREFIX}/policies`,
} as const;

export const FINALIZER = `${PREFIX}/cleanup`;

export interface StackIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** Calls find a service by its app-id; a namespace therefore holds one stack. */
export function appId(service: string, track: Track): string {
  return track === 'stable' ? service : `${service}-canary`;
}

/** At most 63 characters: the rules of the resource see to it. */
export function childName(stack: StackIdentity, ...parts: readonly string[]): string {
  return [stack.name, ...parts].join('-');
}

export function workloadName(stack: StackIdentity, service: string, track: Track): string {
  return childName(stack, appId(service, track));
}

export function settingsName(stack: StackIdentity): string {
  return childName(stack, 'settings');
}

/** A tag may begin and end with what a label may not. */
export function labelValue(text: string): string {
  return text.slice(0, 63).replaceAll(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '');
}

/** What the pods of a track have, and nothing else has. */
export function selector(
  stack: StackIdentity,
  service: string,
  track?: Track,
): Readonly<Record<string, string>> {
  return {
    [LABELS.stack]: stack.name,
    [LABELS.service]: service,
    ...(track && { [LABELS.track]: track }),
  };
}

export function metadata(
  stack: StackIdentity,
  name: string,
  labels: Readonly<Record<string, string>> = {},
  annotations?: Readonly<Record<string, string>>,
): Metadata {
  return {
    name,
    namespace: stack.namespace,
    labels: { [LABELS.managedBy]: MANAGER, [LABELS.stack]: stack.name, ...labels },
    ...(annotations && { annotations }),
    ownerReferences: [owner(stack)],
  };
}

function owner({ name, uid }: StackIdentity): OwnerReference {
  return {
    apiVersion: `${PREFIX}/v1alpha1`,
    kind: 'EcommerceStack',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
