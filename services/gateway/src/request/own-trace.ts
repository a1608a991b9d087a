/** Callers do not choose our traces: what arrives with a `traceparent` gets a trace of its own, linked to theirs. */
import type { RequestListener } from 'node:http';
import { trace } from '@opentelemetry/api';

const PROPAGATED = ['traceparent', 'tracestate', 'baggage'] as const;

/** Around the whole application, because its instrumentation gives each middleware the span of the one before. */
export function inOwnTrace(handler: RequestListener): RequestListener {
  return (req, res) => {
    if (req.headers['traceparent'] === undefined) {
      handler(req, res);
      return;
    }
    for (const name of PROPAGATED) delete req.headers[name];
    // The instrumentation of the HTTP server has continued the caller's trace before this ran.
    const theirs = trace.getActiveSpan()?.spanContext();
    const links = theirs === undefined ? [] : [{ context: theirs }];
    trace
      .getTracer('@ecommercestack/gateway')
      .startActiveSpan(`gateway ${req.method}`, { root: true, links }, (span) => {
        res.once('close', () => span.end());
        handler(req, res);
      });
  };
}
