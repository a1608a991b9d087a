/** Calls between the apps of one process: same handlers, same refusals and same failures as over the network. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { CallContext, Invoker, MethodTable, Outcome, StreamEvent } from './ports.ts';
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

type Handler<T> = (input: unknown, context: CallContext) => Promise<Outcome<T>>;

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
        return withDeadline(appId, handler, input, context, timeoutMs);
      }),
    stream: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const handler = options.apps.get(appId)?.stream.get(method);
        if (handler === undefined) throw new UpstreamError(appId, 'unavailable');
        const opened = await withDeadline(appId, handler, input, context, timeoutMs);
        return opened.ok ? { ok: true, value: relay(appId, opened.value, context.signal) } : opened;
      }),
  };
}

/** The handler sees the abort and may go on; its late answer reaches nobody. */
async function withDeadline<T>(
  appId: string,
  handler: Handler<T>,
  input: unknown,
  context: CallContext,
  timeoutMs: number,
): Promise<Outcome<T>> {
  const deadline = new AbortController();
  const expire = () => deadline.abort(new UpstreamError(appId, 'timeout'));
  if (context.signal.aborted) expire();
  const timer = setTimeout(expire, timeoutMs);
  const settled = Promise.withResolvers<never>();
  deadline.signal.addEventListener('abort', () => settled.reject(deadline.signal.reason), { once: true });
  context.signal.addEventListener('abort', expire, { once: true });
  try {
    deadline.signal.throwIfAborted();
    const answer = handler(input, { ...context, signal: deadline.signal });
    return await Promise.race([answer, settled.promise]);
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', expire);
  }
}

/** Ends when the caller goes away; a source that breaks surfaces as `UpstreamError`. */
async function* relay(
  appId: string,
  events: AsyncIterable<StreamEvent>,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  try {
    yield* untilAborted(events, signal);
  } catch (error) {
    throw error instanceof UpstreamError ? error : new UpstreamError(appId, 'failed', { cause: error });
  }
}
