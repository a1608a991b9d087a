/** The port of a service that its sidecar alone calls. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import express from 'express';
import type { Express, Router } from 'express';
import { createErrorHandler } from '../http/errors.ts';
import { measureRequests } from '../http/measure.ts';
import { sendProblem } from '../http/problems.ts';
import { assignRequestId } from '../http/request-id.ts';
import { answerUnmatched } from '../http/unmatched.ts';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import { createDeliveries, isDelivery } from './deliveries.ts';
import type { Deliver } from './deliveries.ts';

export interface AppHandlerOptions {
  /** Of messages; absent: none are taken. */
  readonly deliver?: Deliver;
  readonly routers: readonly Router[];
  /** What the sidecar sends as `dapr-api-token` (`APP_API_TOKEN`); absent: anybody who can reach the port may call. */
  readonly apiToken?: string;
  /** Whether messages and calls can be handled; the sidecar stops delivering while they cannot. */
  readonly isReady: () => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** As much as a sidecar may be told to pass on. */
const BODY_LIMIT = '16mb';

export function createAppHandler(options: AppHandlerOptions): RequestListener {
  const { deliver, apiToken, logger } = options;
  const isAllowed = apiToken === undefined ? () => true : knowsToken(apiToken);
  const app = createApp(options, isAllowed);
  if (deliver === undefined) return app;
  const deliveries = createDeliveries({ deliver, isAllowed, logger });
  return (req, res) => void (isDelivery(req) ? deliveries(req, res) : app(req, res));
}

function createApp(
  { routers, isReady, logger, metrics }: AppHandlerOptions,
  isAllowed: (req: IncomingMessage) => boolean,
): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // Before the token, which the sidecar does not send with its health probe.
  app.get('/healthz', async (_req, res) => {
    const ready = await isReady();
    res.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not-ready' });
  });
  app.use('/methods', assignRequestId, measureRequests(metrics, logger));
  app.use((req, res, next) => {
    if (isAllowed(req)) return next();
    const title = 'The token of the app is missing or wrong';
    return sendProblem(res, { status: 401, code: 'unauthenticated', title });
  });
  // Subscriptions are files, which the sidecar reads by itself.
  app.get('/dapr/subscribe', (_req, res) => void res.json([]));
  app.use(express.json({ limit: BODY_LIMIT, strict: false }));
  for (const router of routers) app.use(router);
  app.use(answerUnmatched(app));
  app.use(createErrorHandler(logger));
  return app;
}

function knowsToken(token: string): (req: IncomingMessage) => boolean {
  const expected = Buffer.from(token);
  return ({ headers }) => {
    const given = Buffer.from(String(headers['dapr-api-token'] ?? ''));
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}
