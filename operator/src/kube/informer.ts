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
  const { kind, toEntry } = options;
  const places = scope.namespaces.length === 0 ? [undefined] : scope.namespaces;
  const caches = new Map(places.map((namespace) => [namespace, createCache<T>(options.onChange)]));
  const cacheOf = (namespace: string) => caches.get(undefined) ?? caches.get(namespace);
  let reflectors: readonly Reflector[] = [];
  let stopping = new AbortController();
  let running: Promise<unknown> | undefined;

  return {
    kind,
    in: cacheOf,
    all: () => [...caches.values()],
    stored: (object) => cacheOf(object.metadata.namespace ?? '')?.putOwn(toEntry(object)),
    hasSynced: () => reflectors.length > 0 && reflectors.every((reflector) => reflector.hasSynced()),
    synced: () => Promise.all(reflectors.map(({ synced }) => synced)),
    start: () => {
      stopping = new AbortController();
      reflectors = [...caches].map(([namespace, cache]) => reflectorFor(scope, options, namespace, cache));
      running = Promise.all(reflectors.map((reflector) => reflector.run(stopping.signal)));
    },
    stop: async () => {
      stopping.abort();
      await running;
      reflectors = [];
      for (const cache of caches.values()) cache.clear();
    },
  };
}

function reflectorFor<T>(
  { connection, times, onRestart }: InformerScope,
  { kind, labels, metadataOnly = false, toEntry, onListed }: InformerOptions<T>,
  namespace: string | undefined,
  cache: Cache<T>,
): Reflector {
  return createReflector<T>({
    connection,
    source: {
      kind,
      path: collectionPath(apiVersionOf(kind), kind, namespace),
      metadataOnly,
      ...(labels !== undefined && { labels }),
    },
    cache,
    toEntry,
    times,
    onRestart: (reason, error) => onRestart(kind, reason, error),
    ...(onListed && { onListed }),
  });
}
