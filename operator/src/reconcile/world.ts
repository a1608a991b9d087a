/** Everything a reconcile looks at, and everything it may ask for: what goes into the plan and what comes out. */
import type { StackStatus } from '../crd/status.ts';
import type { Pubsub } from '../desired/dapr.ts';
import type { Extension, Key, KubeObject } from '../desired/model.ts';
import type { Live } from './live.ts';

/** An EcommerceStack as the API server tells it. */
export interface StackObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: unknown;
  readonly status?: StackStatus;
}

export interface Cluster {
  readonly extensions: ReadonlySet<Extension>;
  /** `1.18.3`; undefined when it cannot be told. */
  readonly daprVersion: string | undefined;
}

/** Fields that somebody else holds, as the API server refused an apply for. */
export interface FieldConflict {
  readonly manager: string;
  readonly fields: readonly string[];
}

export interface LivePod {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface World {
  /** RFC 3339. */
  readonly now: string;
  readonly stack: StackObject;
  /** Names of the stacks in the namespace, this one included, oldest first. */
  readonly stacksHere: readonly string[];
  readonly namespaceTerminating: boolean;
  readonly cluster: Cluster;
  /** The Component that the resource names. */
  readonly pubsub: Pubsub | undefined;
  /** The stack's children: all objects with its label. */
  readonly live: Live;
  /** Pods of the stack that mount the settings. */
  readonly pods: readonly LivePod[];
  /** By `Secret/name` or `ConfigMap/name`: a hash of what pods read from it, where it is known. */
  readonly revisions: ReadonlyMap<string, string>;
  /** Of the last applies that were refused. */
  readonly conflicts: ReadonlyMap<Key, readonly FieldConflict[]>;
}

/** `handover` holds `replicas` between our giving it up and an autoscaler's taking it. */
export type FieldManager = 'ecommercestack' | 'ecommercestack-handover';

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export type Write =
  | { readonly kind: 'apply'; readonly manager: FieldManager; readonly object: KubeObject }
  | { readonly kind: 'handover'; readonly name: string; readonly replicas: number }
  | { readonly kind: 'delete'; readonly ref: ObjectRef }
  /** Takes our owner reference away, so that the object outlives the stack. */
  | { readonly kind: 'disown'; readonly ref: ObjectRef }
  | {
      readonly kind: 'annotate-pods';
      readonly names: readonly string[];
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'finalizer'; readonly present: boolean };

export interface StackEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface Plan {
  /** In this order; each may be the last that happens. */
  readonly writes: readonly Write[];
  /** What `mode: Observe` would write: for a dry run. */
  readonly withheld: readonly Write[];
  /** Undefined: nothing to say any more, since the resource is going. */
  readonly status: StackStatus | undefined;
  readonly events: readonly StackEvent[];
  /** Something is due then although nothing else changes. */
  readonly requeueAfterMs: number | undefined;
}
