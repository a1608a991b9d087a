/** An Express application with the parts that every HTTP surface needs, in the right order. */
import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import { createErrorHandler } from './errors.ts';
import type { ProblemOf } from './errors.ts';
import { answerUnmatched } from './unmatched.ts';
import { measureRequests } from './measure.ts';
import { assignRequestId } from './request-id.ts';

export interface HttpAppOptions {
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Adds middleware and routes; a route that needs the raw body parses it itself and is listed in `rawBody`. */
  readonly routes: (app: Express) => void;
  /** Paths whose body is left alone, since its signature covers the bytes. */
  readonly rawBody?: readonly string[];
  /** Largest JSON body. Default `100kb`. */
  readonly bodyLimit?: string;
  /** Problems of the service's own errors; undefined leaves the error to the kit. */
  readonly problemOf?: ProblemOf;
  /** Hops of proxies in front, 0 for none: a wrong figure lets callers choose their address. */
  readonly trustedProxies?: number;
}

export function createHttpApp(options: HttpAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', options.trustedProxies ?? 0);
  app.use(assignRequestId);
  app.use(measureRequests(options.metrics, options.logger));
  const parseJson = express.json({ limit: options.bodyLimit ?? '100kb', strict: true });
  const raw = new Set(options.rawBody);
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (raw.has(req.path)) next();
    else parseJson(req, res, next);
  });
  options.routes(app);
  app.use(answerUnmatched(app));
  app.use(createErrorHandler(options.logger, options.problemOf));
  return app;
}
