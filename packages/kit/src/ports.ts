/** The ports between a service and its runtime. A service sees these, never Dapr, Express or the in-process bus. */
import type { DeadLetters } from '@ecommercestack/event-store';

/** A message on the bus. `key` is the stream whose order is kept. */
export interface Message<T = unknown> {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  /** RFC 3339; the time of the commit that produced it. */
  readonly time: string;
  /** The app-id that produced it. */
  readonly source: string;
  readonly traceparent?: string;
  readonly data: T;
}

export type PublishOutcome = { readonly ok: true } | { readonly ok: false; readonly error: Error };

export interface Publisher {
  /** One outcome per message, in order. Messages of one key are delivered in order; nothing else is ordered. */
  publish(messages: readonly Message[]): Promise<readonly PublishOutcome[]>;
}

/** `ack`: done (`as` tells a message that changed nothing from one that did). `retry`: try again later, then dead-letter. `drop`: can never succeed, dead-letter now. */
export type Delivery =
  | { readonly kind: 'ack'; readonly as?: 'duplicate' | 'refused' }
  | { readonly kind: 'retry'; readonly reason: string }
  | { readonly kind: 'drop'; readonly reason: string };

export interface Subscription {
  readonly topic: string;
  /** Consumer group: the app-id, with a suffix where a service reads one topic twice. */
  readonly consumer: string;
  /** Called concurrently, in order per key. A throw counts as `retry`. */
  readonly handle: (message: Message) => Promise<Delivery>;
}

/** Who is calling, on whose behalf; travels with every call. */
export interface Actor {
  /** The customer's id; `system` for calls of the platform itself; `guest:<id>` for a caller without a token. */
  readonly id: string;
  readonly roles: readonly string[];
}

export interface CallContext {
  readonly requestId: string;
  readonly actor: Actor;
  /** Aborts when the caller's deadline passes, with a `TimeoutError`, or the caller goes away, with another reason. */
  readonly signal: AbortSignal;
}

/** An expected refusal: a stable code of the problem catalogue, and what to do about it. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Refusal };

/** Unary methods and event streams that an app offers to the others, by fixed method path. */
export interface MethodTable {
  readonly unary: ReadonlyMap<string, (input: unknown, context: CallContext) => Promise<Outcome<unknown>>>;
  readonly stream: ReadonlyMap<
    string,
    (input: unknown, context: CallContext) => Promise<Outcome<AsyncIterable<StreamEvent>>>
  >;
}

/** One server-sent event. */
export interface StreamEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

export interface Invoker {
  /** Business refusals are values; an unreachable, slow or broken app throws `UpstreamError`. */
  call(appId: string, method: string, input: unknown, context: CallContext): Promise<Outcome<unknown>>;
  stream(
    appId: string,
    method: string,
    input: unknown,
    context: CallContext,
  ): Promise<Outcome<AsyncIterable<StreamEvent>>>;
}

/** The callee could not be asked: not a refusal, and not known to have had no effect. */
export class UpstreamError extends Error {
  readonly appId: string;
  readonly kind: 'unavailable' | 'timeout' | 'failed';

  constructor(appId: string, kind: 'unavailable' | 'timeout' | 'failed', options?: ErrorOptions) {
    super(`${appId}: ${kind}`, options);
    this.name = 'UpstreamError';
    this.appId = appId;
    this.kind = kind;
  }
}

/**
 * Values by key for state that is convenient rather than true: it may expire, and no event tells of its changes.
 * An etag names one write of one key; whoever writes says which one they have seen, and the first of two wins.
 */
export interface StateStore<T> {
  get(key: string): Promise<{ readonly value: T; readonly etag: string } | undefined>;
  /** Without an etag, the key must not exist yet. Without `ttlSeconds`, the value stays until it is deleted. */
  put(
    key: string,
    value: T,
    options: { readonly etag?: string; readonly ttlSeconds?: number },
  ): Promise<'saved' | 'conflict'>;
  /** Without an etag, whatever is there goes. A key that is not there: `deleted` without an etag, else `conflict`. */
  delete(key: string, etag?: string): Promise<'deleted' | 'conflict'>;
}

export interface Clock {
  now(): Date;
}

export interface ReadinessCheck {
  readonly name: string;
  /** Resolves with a reason when not ready, with undefined when ready. */
  readonly check: () => Promise<string | undefined>;
  /** Where given, the service takes calls even if the check fails, and says so. Messages wait, or do not. */
  readonly optional?: { readonly without: string; readonly messages: 'wait' | 'go-on' };
}

/** What every service's `app.ts` returns; a runtime (in-process or sidecar) hosts it. */
export interface ServiceApp {
  readonly appId: string;
  /** App-ids that must have started before this one starts. */
  readonly dependsOn?: readonly string[];
  readonly methods: MethodTable;
  readonly subscriptions: readonly Subscription[];
  readonly readiness: readonly ReadinessCheck[];
  /** Where the runtime keeps what the service could not handle. */
  readonly deadLetters: Pick<DeadLetters<Message>, 'record'>;
  /** Migrates, starts relays, timers and workers. Called once, before any message or call arrives. */
  start(): Promise<void>;
  /** Finishes what is in flight and closes everything; called after calls and messages have stopped arriving. */
  stop(): Promise<void>;
}
