/** Keeps a process running: what ends unasked is started again. */
import { backoffMs, sleep, type Logger } from '@ecommercestack/kit';
import type { Child } from './parts.ts';

export interface Supervised {
  /** Undefined while it is down. */
  pid(): number | undefined;
  /** Settles when the process has ended for the first time. */
  readonly firstEnd: Promise<void>;
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  readonly name: string;
  /** Resolves when the process runs; it need not be ready. */
  readonly launch: () => Promise<Child>;
  readonly logger: Logger;
  /** It has ended or runs again. */
  readonly onChange?: () => void;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** A process that ran this long has not failed because of how it was started. */
const STABLE_MS = 30_000;
const BACKOFF = { baseMs: 250, maxMs: 10_000 };

/** Throws when the first launch fails; a later one is repeated for ever. */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { name, launch, logger, onChange = () => undefined, backoff = BACKOFF } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let child: Child | undefined = await launch();
  const firstEnd = child.ended;
  let failures = 0;

  async function relaunch(): Promise<Child | undefined> {
    while (!signal.aborted) {
      failures += 1;
      await sleep(backoffMs(failures, backoff, Math.random), signal);
      if (signal.aborted) return undefined;
      try {
        return await launch();
      } catch (error) {
        logger.error({ process: name, error }, 'a process could not be started again');
      }
    }
    return undefined;
  }

  async function watch(): Promise<void> {
    while (child !== undefined) {
      const started = performance.now();
      await child.ended;
      if (signal.aborted) return;
      if (performance.now() - started > STABLE_MS) failures = 0;
      logger.error({ process: name, pid: child.pid }, 'a process ended; starting it again');
      child = undefined;
      onChange();
      child = await relaunch();
      if (signal.aborted) await child?.stop();
      else onChange();
    }
  }
  const watching = watch();

  return {
    pid: () => child?.pid,
    firstEnd,
    stop: async () => {
      stopping.abort();
      await child?.stop();
      await watching;
    },
  };
}
