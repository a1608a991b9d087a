/** Rate, errors and duration of every request, by route. */
import { context } from '@opentelemetry/api';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { HTTP_METHODS } from '../kit-metrics.ts';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import { requestIdOf } from './request-id.ts';

const METHODS: ReadonlySet<string> = new Set(HTTP_METHODS);

export function measureRequests(metrics: Metrics, logger: Logger): RequestHandler {
  return (req: Request, res: Response, next: NextFunction): void => {
    const started = performance.now();
    const routeOf = watchRoute(req);
    const record = (): void => {
      const seconds = (performance.now() - started) / 1_000;
      const route = (routeOf() ?? '_unmatched') + kindOf(req, res);
      const status = statusOf(res);
      metrics.kit.httpDuration.observe(
        {
          http_request_method: METHODS.has(req.method)
            ? (req.method as (typeof HTTP_METHODS)[number])
            : '_OTHER',
          http_route: route,
          http_response_status_code: status,
        },
        seconds,
      );
      logger.debug({ requestId: requestIdOf(res), method: req.method, route, status, seconds }, 'request');
    };
    // The instrumentation of HTTP runs listeners in the span of the server, which may be in another trace.
    res.once('close', context.bind(context.active(), record));
    next();
  };
}

/**
 * The mount path is known only while the router runs: an error on its way out has already left it. So it is
 * noted at the moment when the router finds the route.
 */
function watchRoute(req: Request): () => string | undefined {
  let route: unknown;
  let path: string | undefined;
  Object.defineProperty(req, 'route', {
    configurable: true,
    enumerable: true,
    get: () => route,
    set: (found: { readonly path?: unknown } | undefined) => {
      route = found;
      path = found === undefined ? undefined : req.baseUrl + String(found.path);
    },
  });
  return () => path;
}

/** Streams and waits last as long as their caller wishes, so they must not blur the latency of a route. */
function kindOf(req: Request, res: Response): '' | '#stream' | '#wait' {
  if (String(res.getHeader('content-type')).startsWith('text/event-stream')) return '#stream';
  return /\bwait=/.test(req.get('prefer') ?? '') ? '#wait' : '';
}

/** 499 where the caller left before the answer was complete: neither a success nor an error of ours. */
function statusOf(res: Response): string {
  const isStream = String(res.getHeader('content-type')).startsWith('text/event-stream');
  return res.writableFinished || isStream ? String(res.statusCode) : '499';
}
