/** What is kept of an object: as much as plans look at. Fifty thousand of them shall fit into a small pod. */
import type { Pubsub } from '../desired/dapr.ts';
import { ANNOTATIONS, LABELS } from '../desired/names.ts';
import type { LiveObject, ManagedFields } from '../reconcile/live.ts';
import type { LivePod, StackObject } from '../reconcile/world.ts';
import type { Entry } from './cache.ts';
import type { Packer } from './packer.ts';
import { versionOf } from './reflector.ts';
import type { RawObject } from './watch.ts';

interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A child, packed: a plan reads those of one stack only. */
export function childEntry(
  { apiVersion, kind }: Identity,
  object: RawObject,
  { pack }: Packer<LiveObject>,
): Entry<string> {
  return { ...placeOf(object), value: pack(slimChild({ apiVersion, kind }, object)) };
}

/** Pods are counted, and a route says who has taken it; no plan reads the status of anything else. */
const WITH_STATUS: ReadonlySet<string> = new Set(['Deployment', 'HTTPRoute']);

export function slimChild({ apiVersion, kind }: Identity, object: RawObject): LiveObject {
  const { metadata, status } = object;
  const managed = (metadata['managedFields'] ?? []) as readonly ManagedFields[];
  return {
    apiVersion,
    kind,
    metadata: {
      ...without(metadata, 'resourceVersion', 'creationTimestamp', 'selfLink'),
      name: metadata.name,
      managedFields: managed.map((fields) => slimManager(kind, fields)),
    },
    ...without(object, 'apiVersion', 'kind', 'metadata', 'status'),
    ...(WITH_STATUS.has(kind) && status !== undefined && { status }),
  };
}

function without(
  object: Readonly<Record<string, unknown>>,
  ...names: readonly string[]
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Who manages, and whether somebody declares `replicas`: the one field that is looked for. */
function slimManager(
  kind: string,
  { manager, operation, subresource, fieldsV1 }: ManagedFields,
): ManagedFields {
  const spec = fieldsV1?.['f:spec'] as Readonly<Record<string, unknown>> | undefined;
  return {
    ...(manager !== undefined && { manager }),
    ...(operation !== undefined && { operation }),
    ...(subresource !== undefined && { subresource }),
    ...(kind === 'Deployment' &&
      spec !== undefined &&
      'f:replicas' in spec && { fieldsV1: { 'f:spec': { 'f:replicas': {} } } }),
  };
}

export function podEntry(object: RawObject): Entry<LivePod> {
  const { name, annotations = {} } = object.metadata as {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  const told = Object.entries(annotations).filter(([key]) => key === ANNOTATIONS.settings);
  return { ...placeOf(object), value: { name, annotations: Object.fromEntries(told) } };
}

export function stackEntry(object: RawObject): Entry<StackObject> {
  const { metadata, spec, status } = object;
  const stack = {
    metadata: without(metadata, 'managedFields'),
    spec,
    ...(status !== undefined && { status }),
  } as unknown as StackObject;
  // Stacks of one namespace concern each other.
  return { ...placeOf(object), group: metadata.namespace, value: stack };
}

/** Only that it is there, and which version of it. */
export function versionEntry(object: RawObject): Entry<number> {
  const place = placeOf(object);
  return { ...place, group: undefined, value: place.version };
}

function placeOf({ metadata }: RawObject) {
  const { name, namespace = '', resourceVersion } = metadata;
  const labels = metadata['labels'] as Readonly<Record<string, string>> | undefined;
  const stack = labels?.[LABELS.stack];
  return {
    id: `${namespace}/${name}`,
    version: versionOf(resourceVersion),
    group: stack === undefined ? undefined : `${namespace}/${stack}`,
  };
}

/** A pub/sub Component and what stands beside its spec, but for those whom it is for. */
export function componentEntry(object: RawObject): Entry<Pubsub> {
  const { spec } = object;
  const beside = without(object, 'metadata', 'apiVersion', 'kind', 'scopes', 'spec');
  const body = spec as Pubsub['spec'] & { readonly type: string };
  return { ...placeOf(object), group: undefined, value: { type: body.type, spec: body, beside } };
}
