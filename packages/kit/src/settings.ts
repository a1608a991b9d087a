/** Settings that change while the process runs. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import { watchFolder } from './watch-folder.ts';

export interface Settings<T> {
  current(): T;
  /** Called after each change. Returns the function that ends the subscription. */
  subscribe(listener: (settings: T) => void): () => void;
}

export interface WatchedSettings<T> extends Settings<T> {
  /** Reads the file now; resolves when what it says is in force or refused. */
  refresh(): Promise<void>;
  close(): void;
}

export interface WatchSettingsOptions<S extends z.ZodType<{ readonly revision: number }>> {
  readonly path: string;
  readonly schema: S;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onChange?: (settings: z.output<S>) => void;
  /** The watcher may miss a change on network volumes; the poll finds it. Default 5,000. */
  readonly pollMs?: number;
}

/** Settings in memory, for tests and for what has no file. A listener that throws does not stop the others. */
export function createSettings<T>(
  initial: T,
  onListenerError: (error: unknown) => void = (error) => {
    throw error;
  },
): Settings<T> & { replace(settings: T): void } {
  const listeners = new Set<(settings: T) => void>();
  let current = initial;
  return {
    current: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace: (settings) => {
      current = settings;
      for (const listener of listeners) {
        try {
          listener(settings);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
  };
}

/**
 * Follows a JSON file. Throws when it is bad at the start; later a bad file is refused, logged and counted,
 * and the settings before it stay in force.
 */
export async function watchSettings<S extends z.ZodType<{ readonly revision: number }>>(
  options: WatchSettingsOptions<S>,
): Promise<WatchedSettings<z.output<S>>> {
  const { path, schema, logger, metrics } = options;
  let text = await readFile(path, 'utf8');
  const settings = createSettings(parseSettings(schema, text, path), (error) =>
    logger.error({ error }, 'a part of the process could not follow the settings'),
  );
  if (options.onChange !== undefined) settings.subscribe(options.onChange);
  metrics.kit.settingsRevision.set({}, settings.current().revision);
  logger.info({ revision: settings.current().revision, path }, 'settings in force');

  const check = async (): Promise<void> => {
    const seen = await readFile(path, 'utf8').catch((error: unknown) => `unreadable: ${String(error)}`);
    if (seen === text) return;
    text = seen;
    try {
      const next = parseSettings(schema, seen, path);
      metrics.kit.settingsRevision.set({}, next.revision);
      logger.info({ revision: next.revision, path }, 'settings changed');
      settings.replace(next);
    } catch (error) {
      metrics.kit.settingsRejected.inc({});
      const inForce = settings.current().revision;
      logger.error({ error, path, revision: inForce }, 'settings refused; the previous ones stay in force');
    }
  };
  let running = Promise.resolve();
  const refresh = (): Promise<void> => (running = running.then(check));

  // The directory, not the file: an atomic rename or the symlink swap of a ConfigMap replaces the file.
  const watcher = watchFolder(
    dirname(path),
    () => void refresh(),
    (error) => logger.warn({ error, path }, 'settings are polled, since watching failed'),
  );
  const poll = setInterval(() => void refresh(), options.pollMs ?? 5_000).unref();
  await refresh();
  return {
    current: () => settings.current(),
    subscribe: (listener) => settings.subscribe(listener),
    refresh,
    close: () => {
      watcher.close();
      clearInterval(poll);
    },
  };
}

/** What the file says now. Throws when it is bad or missing. */
export async function readSettings<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  return parseSettings(schema, await readFile(path, 'utf8'), path);
}

function parseSettings<S extends z.ZodType>(schema: S, text: string, path: string): z.output<S> {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join('.')}: ${issue.message}`,
  );
  throw new Error(`bad settings in ${path}: ${problems.join('; ')}`);
}
