/** What the operator does to a cluster. Bodies are passed as they are: no model of a client drops a field. */
import type { StackStatus } from '../crd/status.ts';
import type { LiveObject } from '../reconcile/live.ts';
import type { FieldConflict, FieldManager, ObjectRef, StackEvent } from '../reconcile/world.ts';

/** `gone`: the object or its namespace is being deleted, or its kind is not there any more. */
export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly object: LiveObject }
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldConflict[] }
  | { readonly kind: 'gone' };

export interface ApplyOptions {
  readonly manager: FieldManager;
  readonly force: boolean;
  /** The API server answers as if, and stores nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface StackRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A body for an apply: at least what names the object. */
export interface ApplyBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Every call throws when the API server cannot be asked or refuses for another reason; the caller tries again later. */
export interface Kube {
  /** Server-side apply. */
  apply(body: ApplyBody, options: ApplyOptions): Promise<ApplyOutcome>;
  /** With background propagation; an object that is not there counts as deleted. */
  delete(namespace: string, ref: ObjectRef): Promise<void>;
  /** Takes the owner reference with this uid away. */
  disown(namespace: string, ref: ObjectRef, ownerUid: string): Promise<void>;
  /** A pod that is not there any more needs nothing. */
  annotatePod(namespace: string, name: string, annotations: Readonly<Record<string, string>>): Promise<void>;
  addFinalizer(stack: StackRef, finalizer: string): Promise<void>;
  /** Whoever has set it, be it a copy of another stack. `known` is what the stack has now; throws where it has others. */
  removeFinalizer(stack: StackRef, finalizer: string, known: readonly string[]): Promise<void>;
  writeStatus(stack: StackRef, status: StackStatus): Promise<void>;
  /** The same event again only counts up. An event that cannot be told is no failure. */
  record(stack: StackRef, event: StackEvent): Promise<void>;
}
