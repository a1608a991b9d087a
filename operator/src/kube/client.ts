/** Writes to a cluster over its REST API. */
import { GROUP, KIND, VERSION } from '../crd/definition.ts';
import { MANAGER } from '../desired/names.ts';
import type { LiveObject } from '../reconcile/live.ts';
import { accepted, ApiError, fieldConflicts, isGone, isOk, type Answer } from './answers.ts';
import type { Connection, Method, RequestOptions } from './connection.ts';
import type { ApplyOptions, Kube, StackRef } from './port.ts';
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
  readonly record: (send: Send, stack: StackRef, event: Parameters<Kube['record']>[1]) => Promise<void>;
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
const STACK_VERSION = `${GROUP}/${VERSION}`;

export function createKube(options: ClientOptions): Kube {
  const { connection, isLeading, onStored, onWrite, record } = options;

  const send: Send = (method, path, { signal, ...request } = {}) =>
    connection.request(method, path, {
      ...request,
      // The signal keeps it from being sent; what was sent is waited for, as it has happened.
      beforeSend: () => {
        if (signal?.aborted === true || !isLeading()) throw new NotLeading();
      },
    });

  const stored = (verb: WriteVerb, kind: string, answer: Answer): LiveObject => {
    onWrite(verb, kind);
    onStored(kind, answer.body as RawObject);
    return answer.body as LiveObject;
  };

  /** An object that is not there, or not the one that was meant, is none of ours any more. */
  const patchStack = async (
    { namespace, name, uid }: StackRef,
    { verb, query, body }: { readonly verb: WriteVerb; readonly query: string; readonly body: object },
  ): Promise<void> => {
    const path = objectPath(STACK_VERSION, KIND, namespace, name) + (verb === 'status' ? '/status' : '');
    const answer = await send('PATCH', path, {
      query: { fieldManager: query, force: true },
      contentType: APPLY,
      // With the uid, an apply makes nothing anew.
      body: { apiVersion: STACK_VERSION, kind: KIND, ...body },
    });
    const isOther = answer.status === 409 && fieldConflicts(answer) === undefined;
    if (answer.status === 404 || isOther) return;
    stored(verb, KIND, accepted(`${KIND} ${namespace}/${name} (uid ${uid})`, answer));
  };

  return {
    apply: async (body, { manager, force, dryRun, signal }: ApplyOptions) => {
      const { apiVersion, kind, metadata } = body;
      const answer = await send('PATCH', objectPath(apiVersion, kind, metadata.namespace, metadata.name), {
        query: { fieldManager: manager, force, ...(dryRun && { dryRun: 'All' }) },
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
    },

    delete: async (namespace, { apiVersion, kind, name }) => {
      const answer = await send('DELETE', objectPath(apiVersion, kind, namespace, name), {
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
      });
      accepted(`the deletion of ${kind} ${namespace}/${name}`, answer, 404);
      onWrite('delete', kind);
    },

    disown: async (namespace, { apiVersion, kind, name }, ownerUid) => {
      const path = objectPath(apiVersion, kind, namespace, name);
      const what = `${kind} ${namespace}/${name}`;
      const found = accepted(what, await connection.request('GET', path), 404);
      if (found.status === 404) return;
      const { resourceVersion, ownerReferences = [] } = (found.body as Owned).metadata;
      const left = ownerReferences.filter(({ uid }) => uid !== ownerUid);
      const body = { metadata: { resourceVersion, ownerReferences: left } };
      const answer = await send('PATCH', path, {
        contentType: MERGE,
        body,
        query: { fieldManager: MANAGER },
      });
      if (answer.status === 404) return;
      stored('patch', kind, accepted(what, answer));
    },

    annotatePod: async (namespace, name, annotations) => {
      const answer = await send('PATCH', objectPath('v1', 'Pod', namespace, name), {
        contentType: MERGE,
        query: { fieldManager: MANAGER },
        body: { metadata: { annotations } },
      });
      if (answer.status === 404) return;
      stored('patch', 'Pod', accepted(`Pod ${namespace}/${name}`, answer));
    },

    setFinalizer: (stack, finalizer, present) => {
      const { name, namespace, uid } = stack;
      const metadata = { name, namespace, uid, ...(present && { finalizers: [finalizer] }) };
      return patchStack(stack, { verb: 'patch', query: MANAGER, body: { metadata } });
    },

    writeStatus: (stack, status) => {
      const { name, namespace, uid } = stack;
      return patchStack(stack, {
        verb: 'status',
        query: MANAGER,
        body: { metadata: { name, namespace, uid }, status },
      });
    },

    record: async (stack, event) => {
      await record(send, stack, event);
      onWrite('event', 'Event');
    },
  };
}

interface Owned {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
}
