/** Writes to a cluster over its REST API. */
import { GROUP, KIND, VERSION } from '../crd/definition.ts';
import { MANAGER } from '../desired/names.ts';
import type { LiveObject } from '../reconcile/live.ts';
import type { ObjectRef, StackEvent } from '../reconcile/world.ts';
import { accepted, ApiError, fieldConflicts, isGone, isOk, type Answer } from './answers.ts';
import type { Connection, Method, RequestOptions } from './connection.ts';
import type { ApplyBody, ApplyOptions, ApplyOutcome, Kube, StackRef } from './port.ts';
import { objectPath } from './resources.ts';
import type { RawObject } from './watch.ts';

export const WRITE_VERBS = ['apply', 'delete', 'patch', 'status', 'event'] as const;
export type WriteVerb = (typeof WRITE_VERBS)[number];

export interface ClientOptions {
  readonly connection: Connection;
  /** Whether this process may write; asked when a request is about to go over the wire. */
  readonly isLeading: () => boolean;
  /** What the API server stored: newer than what watches have told. Not called for dry runs. */
  readonly onStored: (kind: string, object: RawObject) => void;
  readonly onWrite: (verb: WriteVerb, kind: string) => void;
  readonly record: (send: Send, stack: StackRef, event: StackEvent) => Promise<void>;
}

/** The lease went before the write did: somebody else writes now. */
export class NotLeading extends Error {
  constructor() {
    super('this process may not write any more');
    this.name = 'NotLeading';
  }
}

/** A request that is sent only by who may write. */
export type Send = (method: Method, path: string, options?: RequestOptions) => Promise<Answer>;

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STACK_VERSION = `${GROUP}/${VERSION}`;

export function createKube({ connection, isLeading, onStored, onWrite, record }: ClientOptions): Kube {
  const send: Send = (method, path, { signal, ...request } = {}) =>
    connection.request(method, path, {
      ...request,
      // The signal keeps it from being sent; what was sent is waited for, as it has happened.
      beforeSend: () => {
        if (signal?.aborted === true || !isLeading()) throw new NotLeading();
      },
    });
  const writer: Writer = {
    send,
    stored: (verb, kind, { body }) => {
      onWrite(verb, kind);
      onStored(kind, body as RawObject);
      return body as LiveObject;
    },
    removed: (kind) => onWrite('delete', kind),
  };
  return {
    apply: (body, options) => apply(writer, body, options),
    delete: (namespace, ref) => remove(writer, namespace, ref),
    disown: (namespace, ref, ownerUid) => disown(writer, { namespace, ref, ownerUid }),
    annotatePod: (namespace, name, annotations) => annotatePod(writer, { namespace, name, annotations }),
    addFinalizer: (stack, finalizer) =>
      applyStack(writer, stack, 'patch', { metadata: { finalizers: [finalizer] } }),
    removeFinalizer: (stack, finalizer, known) => removeFinalizer(writer, stack, finalizer, known),
    writeStatus: (stack, status) => applyStack(writer, stack, 'status', { metadata: {}, status }),
    record: async (stack, event) => {
      await record(send, stack, event);
      onWrite('event', 'Event');
    },
  };
}

interface Writer {
  readonly send: Send;
  /** Takes note of what was stored. */
  readonly stored: (verb: WriteVerb, kind: string, answer: Answer) => LiveObject;
  readonly removed: (kind: string) => void;
}

async function apply(
  { send, stored }: Writer,
  body: ApplyBody,
  { manager, force, dryRun, signal }: ApplyOptions,
): Promise<ApplyOutcome> {
  const { apiVersion, kind, metadata } = body;
  const answer = await send('PATCH', objectPath(apiVersion, kind, metadata.namespace, metadata.name), {
    query: { fieldManager: manager, force, dryRun: dryRun ? 'All' : undefined },
    contentType: APPLY,
    body,
    signal,
  });
  if (isOk(answer)) {
    const object = dryRun ? (answer.body as LiveObject) : stored('apply', kind, answer);
    return { kind: 'applied', object };
  }
  const conflicts = fieldConflicts(answer);
  if (conflicts !== undefined) return { kind: 'conflict', conflicts };
  if (isGone(answer)) return { kind: 'gone' };
  throw new ApiError(`${kind} ${metadata.namespace}/${metadata.name}`, answer);
}

async function remove({ send, removed }: Writer, namespace: string, ref: ObjectRef): Promise<void> {
  const { apiVersion, kind, name } = ref;
  const answer = await send('DELETE', objectPath(apiVersion, kind, namespace, name), {
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
  });
  accepted(`the deletion of ${kind} ${namespace}/${name}`, answer, 404);
  removed(kind);
}

interface Owned {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
}

async function disown(
  { send, stored }: Writer,
  { namespace, ref, ownerUid }: { namespace: string; ref: ObjectRef; ownerUid: string },
): Promise<void> {
  const { apiVersion, kind, name } = ref;
  const path = objectPath(apiVersion, kind, namespace, name);
  const what = `${kind} ${namespace}/${name}`;
  const found = accepted(what, await send('GET', path), 404);
  if (found.status === 404) return;
  const { resourceVersion, ownerReferences = [] } = (found.body as Owned).metadata;
  const left = ownerReferences.filter(({ uid }) => uid !== ownerUid);
  const answer = await send('PATCH', path, {
    contentType: MERGE,
    query: { fieldManager: MANAGER },
    body: { metadata: { resourceVersion, ownerReferences: left } },
  });
  if (answer.status === 404) return;
  stored('patch', kind, accepted(what, answer));
}

interface PodAnnotations {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

async function annotatePod(
  { send, stored }: Writer,
  { namespace, name, annotations }: PodAnnotations,
): Promise<void> {
  const answer = await send('PATCH', objectPath('v1', 'Pod', namespace, name), {
    contentType: MERGE,
    query: { fieldManager: MANAGER },
    body: { metadata: { annotations } },
  });
  if (answer.status === 404) return;
  stored('patch', 'Pod', accepted(`Pod ${namespace}/${name}`, answer));
}

async function removeFinalizer(
  { send, stored }: Writer,
  { namespace, name, uid }: StackRef,
  finalizer: string,
  known: readonly string[],
): Promise<void> {
  const answer = await send('PATCH', objectPath(STACK_VERSION, KIND, namespace, name), {
    query: { fieldManager: MANAGER },
    // Not an apply, which would take away only what we have set.
    contentType: JSON_PATCH,
    body: [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/metadata/finalizers', value: known },
      { op: 'replace', path: '/metadata/finalizers', value: known.filter((one) => one !== finalizer) },
    ],
  });
  if (answer.status === 404) return;
  stored('patch', KIND, accepted(`${KIND} ${namespace}/${name}`, answer));
}

/** Of the resource itself, or its status. One that is not there, or not the one that was meant, is none of ours any more. */
async function applyStack(
  { send, stored }: Writer,
  { namespace, name, uid }: StackRef,
  verb: 'patch' | 'status',
  body: { readonly metadata: object; readonly status?: object },
): Promise<void> {
  const path = objectPath(STACK_VERSION, KIND, namespace, name);
  const answer = await send('PATCH', verb === 'status' ? `${path}/status` : path, {
    query: { fieldManager: MANAGER, force: true },
    contentType: APPLY,
    body: {
      apiVersion: STACK_VERSION,
      kind: KIND,
      ...body,
      // With the uid, an apply makes nothing anew.
      metadata: { name, namespace, uid, ...body.metadata },
    },
  });
  if (answer.status === 404 || answer.status === 409) return;
  stored(verb, KIND, accepted(`${KIND} ${namespace}/${name}`, answer));
}
