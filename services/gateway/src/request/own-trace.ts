/** Callers do not choose our traces: what arrives with a `traceparent` gets a trace of its own, linked to theirs. */
import { trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';

const PROPAGATED = ['traceparent', 'tracestate', 'baggage'] as const;

export const beginOwnTrace: RequestHandler = (req, res, next) => {
  if (req.headers['traceparent'] === undefined) {
    next();
    return;
  }
  for (const name of PROPAGATED) delete req.headers[name];
  // The instrumentation of the HTTP server has continued the caller's trace before any middleware ran.
  const theirs = trace.getActiveSpan()?.spanContext();
  const links = theirs === undefined ? [] : [{ context: theirs }];
  trace
    .getTracer('@ecommercestack/gateway')
    .startActiveSpan(`gateway ${req.method}`, { root: true, links }, (span) => {
      res.once('close', () => span.end());
      next();
    });
};
