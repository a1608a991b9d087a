/** Caches of one kind, each with its reflector: one for the whole cluster, or one for each namespace that may be read. */
import { createCache, type Cache, type Entry, type OnChange } from './cache.ts';
import type { Connection } from './connection.ts';
import { createReflector, type Reflector, type ReflectorTimes, type RestartReason } from './reflector.ts';
import { apiVersionOf, collectionPath, type ApiKind } from './resources.ts';
import type { RawObject } from './watch.ts';

export interface InformerScope {
  readonly connection: Connection;
  /** Empty: all of them. */
  readonly namespaces: readonly string[];
  readonly times: ReflectorTimes;
  readonly onRestart: (kind: string, reason: RestartReason, error: unknown) => void;
}

export interface InformerOptions<T> {
  readonly kind: ApiKind;
  readonly labels?: string;
  readonly metadataOnly?: boolean;
  readonly toEntry: (object: RawObject) => Entry<T>;
  readonly onChange: OnChange<T>;
  /** There has been a complete list again. */
  readonly onListed?: () => void;
}

export interface Informer<T> {
  readonly kind: ApiKind;
  /** Undefined: not a namespace that is looked at. */
  in(namespace: string): Cache<T> | undefined;
  all(): readonly Cache<T>[];
  /** An answer to a write of ours. */
  stored(object: RawObject): void;
  hasSynced(): boolean;
  /** Resolves when everything that is looked at was listed. */
  synced(): Promise<unknown>;
  start(): void;
  /** Resolves when nothing is in flight any more; what was cached is forgotten, as nobody keeps it up any longer. */
  stop(): Promise<void>;
}

export function createInformer<T>(scope: InformerScope, options: InformerOptions<T>): Informer<T> {
  const { kind, toEntry, onChange } = options;
  const parts = new Map<string | undefined, { readonly cache: Cache<T>; readonly reflector: Reflector }>();
  const places = scope.namespaces.length === 0 ? [undefined] : scope.namespaces;
  for (const namespace of places) {
    const cache = createCache<T>(onChange);
    const reflector = createReflector<T>({
      connection: scope.connection,
      source: {
        kind,
        path: collectionPath(apiVersionOf(kind), kind, namespace),
        ...(options.labels !== undefined && { labels: options.labels }),
        ...(options.metadataOnly !== undefined && { metadataOnly: options.metadataOnly }),
      },
      cache,
      toEntry,
      times: scope.times,
      onRestart: (reason, error) => scope.onRestart(kind, reason, error),
      ...(options.onListed && { onListed: options.onListed }),
    });
    parts.set(namespace, { cache, reflector });
  }
  const partOf = (namespace: string) => parts.get(undefined) ?? parts.get(namespace);
  let stopping = new AbortController();
  let running: Promise<unknown> | undefined;

  return {
    kind,
    in: (namespace) => partOf(namespace)?.cache,
    all: () => [...parts.values()].map(({ cache }) => cache),
    stored: (object) => partOf(object.metadata.namespace ?? '')?.cache.putOwn(toEntry(object)),
    hasSynced: () => [...parts.values()].every(({ reflector }) => reflector.hasSynced()),
    synced: () => Promise.all([...parts.values()].map(({ reflector }) => reflector.synced)),
    start: () => {
      stopping = new AbortController();
      running = Promise.all([...parts.values()].map(({ reflector }) => reflector.run(stopping.signal)));
    },
    stop: async () => {
      stopping.abort();
      await running;
      for (const { cache } of parts.values()) cache.clear();
    },
  };
}
