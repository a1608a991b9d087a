/** The end of a call: its time limit, or its caller leaving. */
import type { StreamEvent } from './ports.ts';
import { UpstreamError } from './ports.ts';
import { untilAborted } from './streams.ts';

export interface Deadline {
  readonly appId: string;
  /** Aborts when the time is up or the caller leaves; what the handler sees. */
  readonly signal: AbortSignal;
  /** The handler may go on after the abort; its late answer reaches nobody. Ends the time limit. */
  limit<T>(run: () => Promise<T>): Promise<T>;
  /** Lets go of the caller's signal. */
  release(): void;
  /** Tells the handler that nobody listens any more. */
  abort(): void;
}

export function startDeadline(appId: string, caller: AbortSignal, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const expire = () => controller.abort(new UpstreamError(appId, 'timeout'));
  const timer = setTimeout(expire, timeoutMs);
  caller.addEventListener('abort', expire, { once: true });
  if (caller.aborted) expire();
  return {
    appId,
    signal,
    limit: async (run) => {
      const expired = Promise.withResolvers<never>();
      const reject = () => expired.reject(signal.reason);
      signal.addEventListener('abort', reject, { once: true });
      try {
        signal.throwIfAborted();
        return await Promise.race([run(), expired.promise]);
      } finally {
        signal.removeEventListener('abort', reject);
        clearTimeout(timer);
      }
    },
    release: () => caller.removeEventListener('abort', expire),
    abort: expire,
  };
}

/** Ends when the caller goes away; a source that breaks surfaces as `UpstreamError`. */
export async function* relayUntil(
  deadline: Deadline,
  events: AsyncIterable<StreamEvent>,
): AsyncGenerator<StreamEvent> {
  try {
    yield* untilAborted(events, deadline.signal);
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw new UpstreamError(deadline.appId, 'failed', { cause: error });
  } finally {
    deadline.release();
    deadline.abort();
  }
}
