/** Calls between the apps of one process: same handlers, same refusals and same failures as over the network. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { Invoker, MethodTable, Outcome, StreamEvent } from './ports.ts';
import { UpstreamError } from './ports.ts';
import { untilAborted } from './streams.ts';

export interface LocalInvokerOptions {
  /** Read at each call, so that apps may be added while the process starts. */
  readonly apps: ReadonlyMap<string, MethodTable>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Limit of a call beside the caller's own deadline; for a stream, of its opening. Default 5,000. */
  readonly timeoutMs?: number;
}

export function createLocalInvoker(options: LocalInvokerOptions): Invoker {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const tracer = trace.getTracer('@ecommercestack/kit');

  const observed = <T>(appId: string, method: string, run: () => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    tracer.startActiveSpan(`${appId}/${method}`, { kind: SpanKind.CLIENT }, async (span) => {
      const started = performance.now();
      let outcome: 'ok' | 'refused' | UpstreamError['kind'] = 'failed';
      try {
        const result = await run();
        outcome = result.ok ? 'ok' : 'refused';
        return result;
      } catch (error) {
        const failure =
          error instanceof UpstreamError ? error : new UpstreamError(appId, 'failed', { cause: error });
        outcome = failure.kind;
        span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
        options.logger.warn({ error: failure, callee: appId, method }, 'a call failed');
        throw failure;
      } finally {
        const seconds = (performance.now() - started) / 1_000;
        options.metrics.kit.rpcDuration.observe({ callee: appId, method, outcome }, seconds);
        span.end();
      }
    });

  return {
    call: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const handler = options.apps.get(appId)?.unary.get(method);
        if (handler === undefined) throw new UpstreamError(appId, 'unavailable');
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        try {
          return await deadline.limit(() => handler(input, { ...context, signal: deadline.signal }));
        } finally {
          deadline.release();
        }
      }),
    stream: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const handler = options.apps.get(appId)?.stream.get(method);
        if (handler === undefined) throw new UpstreamError(appId, 'unavailable');
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        let opened: Outcome<AsyncIterable<StreamEvent>> | undefined;
        try {
          opened = await deadline.limit(() => handler(input, { ...context, signal: deadline.signal }));
        } finally {
          if (opened?.ok !== true) deadline.release();
        }
        return opened.ok ? { ok: true, value: relay(appId, opened.value, deadline) } : opened;
      }),
  };
}

interface Deadline {
  /** Aborts when the time is up or the caller leaves; what the handler sees. */
  readonly signal: AbortSignal;
  /** The handler may go on after the abort; its late answer reaches nobody. Ends the time limit. */
  limit<T>(run: () => Promise<T>): Promise<T>;
  /** Lets go of the caller's signal. */
  release(): void;
  /** Tells the handler that nobody listens any more. */
  abort(): void;
}

function startDeadline(appId: string, caller: AbortSignal, timeoutMs: number): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const expire = () => controller.abort(new UpstreamError(appId, 'timeout'));
  const timer = setTimeout(expire, timeoutMs);
  caller.addEventListener('abort', expire, { once: true });
  if (caller.aborted) expire();
  return {
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
async function* relay(
  appId: string,
  events: AsyncIterable<StreamEvent>,
  deadline: Deadline,
): AsyncGenerator<StreamEvent> {
  try {
    yield* untilAborted(events, deadline.signal);
  } catch (error) {
    throw error instanceof UpstreamError ? error : new UpstreamError(appId, 'failed', { cause: error });
  } finally {
    deadline.release();
    deadline.abort();
  }
}
