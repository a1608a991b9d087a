/** Keeps a cache equal to what the API server holds of one kind: a list, then a watch, from where the last one ended. */
import { backoffMs, sleep, type Backoff } from '@ecommercestack/kit';
import { z } from 'zod';
import { accepted, ApiError } from './answers.ts';
import type { Cache, Entry, ResourceVersion } from './cache.ts';
import type { Connection } from './connection.ts';
import { watchEvents, WatchError, WatchGarbled, type RawObject } from './watch.ts';

/** Why a watch began again. */
export const RESTART_REASONS = ['ended', 'expired', 'refused', 'broken', 'stalled', 'garbled'] as const;
export type RestartReason = (typeof RESTART_REASONS)[number];

export interface Source {
  /** For logs and metrics. */
  readonly kind: string;
  readonly path: string;
  readonly labels?: string;
  /** Only what is in `metadata`: smaller by far where nothing else is looked at. */
  readonly metadataOnly?: boolean;
}

export interface ReflectorTimes {
  /** A list repairs whatever a watch may have lost. */
  readonly relistMs: number;
  /** A watch that sends nothing, not even a bookmark, for so long is dead; the server sends one a minute. */
  readonly idleMs: number;
  readonly backoff: Backoff;
}

export const REFLECTOR_TIMES: ReflectorTimes = {
  relistMs: 600_000,
  idleMs: 90_000,
  backoff: { baseMs: 200, maxMs: 30_000 },
};

export interface ReflectorOptions<T> {
  readonly connection: Connection;
  readonly source: Source;
  readonly cache: Cache<T>;
  readonly toEntry: (object: RawObject) => Entry<T>;
  readonly times: ReflectorTimes;
  readonly onRestart: (reason: RestartReason, error: unknown) => void;
  readonly onListed?: () => void;
}

export interface Reflector {
  /** Whether there has been a list. */
  hasSynced(): boolean;
  /** Resolves with the first list. */
  readonly synced: Promise<void>;
  /** One list or watch at a time until the signal aborts. Never throws for what a server may answer. */
  run(signal: AbortSignal): Promise<void>;
}

export function createReflector<T>(options: ReflectorOptions<T>): Reflector {
  const { times, onRestart } = options;
  const first = Promise.withResolvers<void>();
  let synced = false;

  const run = async (signal: AbortSignal): Promise<void> => {
    let at: string | undefined;
    let relistAt = 0;
    let failures = 0;
    const progress = (version: string): void => {
      at = version;
      failures = 0;
    };
    while (!signal.aborted) {
      let pauseMs = 0;
      try {
        if (at === undefined || performance.now() >= relistAt) {
          at = await list(options, signal);
          relistAt = performance.now() + times.relistMs * (0.9 + Math.random() * 0.2);
          synced = true;
          first.resolve();
          options.onListed?.();
        }
        const began = performance.now();
        await watch(options, at, { signal, forMs: relistAt - began, progress });
        // A server that ends every watch at once is not asked as fast as it answers.
        failures = performance.now() - began < 1_000 ? failures + 1 : 0;
        if (!signal.aborted) onRestart('ended', undefined);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const reason = reasonOf(error);
        onRestart(reason, error);
        if (reason === 'expired' || reason === 'garbled') at = undefined;
        pauseMs = retryAfterOf(error) ?? 0;
      }
      if (failures > 0) pauseMs = Math.max(pauseMs, backoffMs(failures, times.backoff, Math.random));
      await sleep(pauseMs, signal);
    }
  };

  return { run, hasSynced: () => synced, synced: first.promise };
}

const PAGE = 500;
const page = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullish(),
});

/** Returns the version that a watch goes on from. */
async function list<T>(options: ReflectorOptions<T>, signal: AbortSignal): Promise<string> {
  const { connection, source, cache, toEntry } = options;
  const entries: Entry<T>[] = [];
  let next: string | undefined;
  let version: string;
  do {
    const answer = await connection.request('GET', source.path, {
      query: { labelSelector: source.labels, limit: PAGE, continue: next },
      accept: acceptFor(source, 'List'),
      signal,
    });
    const { metadata, items } = page.parse(accepted(`the list of ${source.kind}`, answer).body);
    entries.push(...(items ?? []).map((item) => toEntry(item as RawObject)));
    next = metadata.continue === '' ? undefined : metadata.continue;
    version = metadata.resourceVersion;
  } while (next !== undefined);
  cache.replace(entries, versionOf(version));
  return version;
}

interface WatchRun {
  readonly signal: AbortSignal;
  readonly forMs: number;
  readonly progress: (version: string) => void;
}

async function watch<T>(options: ReflectorOptions<T>, from: string, run: WatchRun): Promise<void> {
  const { connection, source, cache, toEntry, times } = options;
  const { signal, progress } = run;
  // Watches of many operators shall not all begin again together.
  const forMs = Math.min(run.forMs, 300_000 * (1 + Math.random()));
  const opened = await connection.stream(source.path, {
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: from,
      labelSelector: source.labels,
      timeoutSeconds: Math.max(1, Math.ceil(forMs / 1_000)),
    },
    accept: acceptFor(source, ''),
    signal,
    idleMs: times.idleMs,
  });
  if ('status' in opened) throw new ApiError(`the watch of ${source.kind}`, opened);
  for await (const event of watchEvents(opened)) {
    if (event.type === 'BOOKMARK') {
      cache.reached(versionOf(event.resourceVersion));
      progress(event.resourceVersion);
      continue;
    }
    const entry = toEntry(event.object);
    if (event.type === 'DELETED') cache.remove(entry.id, entry.version);
    else cache.put(entry);
    progress(event.object.metadata.resourceVersion);
  }
}

export function versionOf(text: string): ResourceVersion {
  const version = Number(text);
  if (Number.isSafeInteger(version)) return version;
  throw new Error(`a resource version that is no number: ${text}`);
}

function acceptFor({ metadataOnly }: Source, suffix: '' | 'List'): string {
  const partial = `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`;
  return metadataOnly === true ? partial : 'application/json';
}

function reasonOf(error: unknown): RestartReason {
  if (error instanceof WatchGarbled || error instanceof z.ZodError) return 'garbled';
  if (error instanceof WatchError) return error.code === 410 ? 'expired' : 'refused';
  if (error instanceof ApiError) return error.status === 410 ? 'expired' : 'refused';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' ? 'stalled' : 'broken';
}

function retryAfterOf(error: unknown): number | undefined {
  return error instanceof ApiError || error instanceof WatchError ? error.retryAfterMs : undefined;
}
