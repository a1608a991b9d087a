/** The port of a service that its sidecar alone calls. */
import { timingSafeEqual } from 'node:crypto';
import express from 'express';
import type { Express, NextFunction, Request, RequestHandler, Response, Router } from 'express';
import { createErrorHandler } from '../http/errors.ts';
import { measureRequests } from '../http/measure.ts';
import { sendProblem } from '../http/problems.ts';
import { assignRequestId } from '../http/request-id.ts';
import { answerUnmatched } from '../http/unmatched.ts';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';

export interface AppHandlerOptions {
  readonly routers: readonly Router[];
  /** What the sidecar sends as `dapr-api-token` (`APP_API_TOKEN`); absent: anybody who can reach the port may call. */
  readonly apiToken?: string;
  /** Whether messages and calls can be handled; the sidecar stops delivering while they cannot. */
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A batch of messages may be as large as the sidecar passes on. */
const BODY_LIMIT = '16mb';
const JSON_TYPES = ['application/json', 'application/cloudevents+json'];

export function createAppHandler({
  routers,
  apiToken,
  isReady,
  logger,
  metrics,
}: AppHandlerOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // Before the token, which the sidecar does not send with its health probe.
  app.get('/healthz', async (_req, res) => {
    const ready = await isReady();
    res.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not-ready' });
  });
  // Deliveries have figures of their own, and are the most that arrives here.
  app.use('/methods', assignRequestId, measureRequests(metrics, logger));
  if (apiToken !== undefined) app.use(requireToken(apiToken));
  // Subscriptions are files, which the sidecar reads by itself.
  app.get('/dapr/subscribe', (_req, res) => void res.json([]));
  app.use(express.json({ limit: BODY_LIMIT, strict: false, type: JSON_TYPES }));
  app.use(...routers);
  app.use(answerUnmatched(app));
  app.use(createErrorHandler(logger));
  return app;
}

function requireToken(token: string): RequestHandler {
  const expected = Buffer.from(token);
  return (req: Request, res: Response, next: NextFunction) => {
    const given = Buffer.from(req.get('dapr-api-token') ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) return next();
    const title = 'The token of the app is missing or wrong';
    return sendProblem(res, { status: 401, code: 'unauthenticated', title });
  };
}
