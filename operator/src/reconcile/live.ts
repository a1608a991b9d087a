/** What is there, as the API server tells it, and how it differs from what is wanted. */
import { amountOf } from '@ecommercestack/contracts';
import type { Difference } from '../crd/status.ts';
import { fingerprint } from '../desired/hash.ts';
import { keyOf, type Key, type KubeObject } from '../desired/model.ts';
import { ANNOTATIONS } from '../desired/names.ts';

type Json = Readonly<Record<string, unknown>>;

export interface LiveMetadata {
  readonly name: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly uid: string }[];
  readonly managedFields?: readonly ManagedFields[];
  readonly deletionTimestamp?: string;
}

export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Json;
}

export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: LiveMetadata;
  readonly [field: string]: unknown;
}

export type Live = ReadonlyMap<Key, LiveObject>;

/** Labels are not enough: KEDA gives those of a ScaledObject to the autoscaler that it makes for it. */
export function isOwned({ metadata: { ownerReferences = [] } }: LiveObject, uid: string): boolean {
  return ownerReferences.some((owner) => owner.uid === uid);
}

/** The body to apply: what is wanted, and a hash of it. */
export function stamped<O extends KubeObject>(object: O): O {
  const annotations = { ...object.metadata.annotations, [ANNOTATIONS.applied]: fingerprint(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/**
 * True when an apply would change something: a field that we own was edited, or the hash says that we once applied
 * something else, such as a field that is no longer wanted. Fields of others do not count.
 */
export function needsApply(wanted: KubeObject, live: LiveObject | undefined): boolean {
  return live === undefined || differencesBetween(stamped(wanted), live).length > 0;
}

/** What an apply would change, field by field. */
export function differencesOf(wanted: KubeObject, live: LiveObject | undefined): readonly Difference[] {
  const object = keyOf(wanted);
  if (live === undefined) return [{ object, wanted: 'to be made' }];
  return differencesBetween(wanted, live).map(([path, is, becomes]) => ({
    object,
    path,
    ...(is !== undefined && { is: shortText(is) }),
    wanted: shortText(becomes),
  }));
}

/** What the API server changed, or would change, by itself and for us; but not what it counts. */
export function changesBetween(
  object: Key,
  before: LiveObject | undefined,
  after: LiveObject,
): readonly Difference[] {
  if (before === undefined) return [{ object, wanted: 'to be made' }];
  return leafChanges(uncounted(before), uncounted(after), '').map(([path, is, becomes]) => ({
    object,
    path,
    ...(is !== undefined && { is: shortText(is) }),
    ...(becomes !== undefined && { wanted: shortText(becomes) }),
  }));
}

function uncounted({ metadata, ...body }: LiveObject): Json {
  const { name, labels, annotations = {}, ownerReferences } = metadata;
  const { [ANNOTATIONS.applied]: _, ...told } = annotations;
  const { status: __, ...rest } = body;
  return { ...rest, metadata: { name, labels, annotations: told, ownerReferences } };
}

function leafChanges(before: unknown, after: unknown, path: string): readonly Finding[] {
  const [one, other] = [before, after].map((value) =>
    Array.isArray(value) ? Object.fromEntries(value.entries()) : value,
  );
  if (!isObject(one) || !isObject(other)) return before === after ? [] : [[path, before, after]];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
    leafChanges(one[name], other[name], path === '' ? name : `${path}.${name}`),
  );
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

type Finding = readonly [path: string, is: unknown, wanted: unknown];

function differencesBetween(wanted: unknown, live: unknown, path = ''): readonly Finding[] {
  if (Array.isArray(wanted)) return listDifferences(wanted, live, path);
  if (isObject(wanted)) {
    // An empty map is not stored either.
    if (live === undefined && Object.keys(wanted).length === 0) return [];
    if (!isObject(live)) return [[path, live, wanted]];
    return Object.entries(wanted).flatMap(([name, field]) =>
      differencesBetween(field, live[name], path === '' ? name : `${path}.${name}`),
    );
  }
  // An empty text is not stored.
  const isSame =
    wanted === live || (wanted === '' && live === undefined) || isSameQuantity(wanted, live, path);
  return isSame ? [] : [[path, live, wanted]];
}

/** Entries with names of their own are matched by them, and those of others may stand beside ours; other lists are owned as a whole. */
function listDifferences(wanted: readonly unknown[], live: unknown, path: string): readonly Finding[] {
  const list: readonly unknown[] = Array.isArray(live) ? live : [];
  const key = LIST_KEYS.find((name) => {
    const names = wanted.map((item) => (isObject(item) ? item[name] : undefined));
    return names.length > 0 && !names.includes(undefined) && new Set(names).size === names.length;
  });
  if (key === undefined) {
    if (list.length !== wanted.length) return [[path, live, wanted]];
    return wanted.flatMap((item, at) => differencesBetween(item, list[at], `${path}[${at}]`));
  }
  return wanted.flatMap((item) => {
    const name = (item as Json)[key];
    const same = list.find((other) => isObject(other) && other[key] === name);
    return differencesBetween(item, same, `${path}[${String(name)}]`);
  });
}

/** Of lists that the API merges by key. */
const LIST_KEYS = ['uid', 'containerPort', 'mountPath', 'topologyKey', 'name'] as const;

/** The API server writes quantities in a form of its own: `1000m` comes back as `1`. */
function isSameQuantity(wanted: unknown, live: unknown, path: string): boolean {
  if (!/\.resources\.(requests|limits)\.[a-z]+$|\.target\.(averageValue|value)$/.test(path)) return false;
  // A thousandth is the smallest that counts, and a fraction is not exact.
  const thousandths = (value: unknown) => Math.round(amountOf(String(value)) * 1_000);
  return thousandths(wanted) === thousandths(live);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
