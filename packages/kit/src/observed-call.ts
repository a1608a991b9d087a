import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import type { Outcome } from './ports.ts';
import { UpstreamError } from './ports.ts';

export type ObservedCall = <T>(
  appId: string,
  method: string,
  run: () => Promise<Outcome<T>>,
) => Promise<Outcome<T>>;

/** Gives each call to another app a span, a duration and, where it fails, a line; every failure is an `UpstreamError`. */
export function observeCalls(options: { readonly logger: Logger; readonly metrics: Metrics }): ObservedCall {
  const tracer = trace.getTracer('@ecommercestack/kit');
  return (appId, method, run) =>
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
}
