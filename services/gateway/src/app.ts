/** The one door to the platform: authenticates, limits, validates and routes; no business rule lives here. */
import { routes as publicRoutes, type Route, type Settings } from '@ecommercestack/contracts';
import {
  answerUnmatched,
  assignRequestId,
  createErrorHandler,
  listen as listenOn,
  measureRequests,
  systemClock,
} from '@ecommercestack/kit';
import type {
  Clock,
  Invoker,
  Logger,
  Metrics,
  ReadinessCheck,
  RunningServer,
  Settings as Live,
} from '@ecommercestack/kit';
import express, { type Express } from 'express';
import { openKeySet } from './authentication/key-set.ts';
import { createTokenVerifier } from './authentication/token-verifier.ts';
import type { GatewayConfig } from './config.ts';
import { servePages } from './docs-page/pages.ts';
import { createUpstreamMetrics } from './gateway-metrics.ts';
import { openApiDocument } from './openapi/document.ts';
import { operationsOf } from './operations/dead-letters.ts';
import { withOwnMethods } from './operations/own-methods.ts';
import { createRateLimiter } from './rate-limit/limiter.ts';
import { cors } from './request/cors.ts';
import { limitUrl, securityHeaders, stripHeaders } from './request/hardening.ts';
import { inOwnTrace } from './request/own-trace.ts';
import { createDispatch } from './routing/dispatch.ts';
import { registerRoutes } from './routing/register.ts';
import { createUpstream } from './routing/upstream.ts';
import { createStreamSlots } from './streaming/stream-slots.ts';

export { readConfig } from './config.ts';
export type { GatewayConfig } from './config.ts';

export interface GatewayDependencies {
  /** Its own time limit must exceed the longest of the settings: the gateway sets the deadline of each call. */
  readonly invoker: Invoker;
  readonly settings: Pick<Live<Settings>, 'current'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Uniform in [0, 1); decides each request where a canary is not sticky. */
  readonly random?: () => number;
  readonly routes?: readonly Route[];
  /** Default 15,000. */
  readonly heartbeatMs?: number;
}

export interface Gateway {
  readonly app: Express;
  readonly readiness: readonly ReadinessCheck[];
  /** Port 0 takes a free one. Call once. */
  listen(port?: number, host?: string): Promise<RunningServer>;
  /** Ends event streams, finishes requests in flight, closes the port. */
  stop(graceMs?: number): Promise<void>;
}

/** A canary of the gateway is a gateway. */
const OWN_APP_IDS = ['gateway', 'gateway-canary'];

/** Reads the keys; rejects when a key file is missing or broken. */
export async function buildGateway(config: GatewayConfig, deps: GatewayDependencies): Promise<Gateway> {
  const { settings, logger, metrics } = deps;
  const clock = deps.clock ?? systemClock;
  const routes = deps.routes ?? publicRoutes;
  const keySet = await openKeySet(config.tokens.jwksUrl);
  const stopping = new AbortController();
  const dispatch = createDispatch({
    verifier: createTokenVerifier({ ...config.tokens, keys: keySet.keys, clock }),
    limiter: createRateLimiter(settings, metrics, clock),
    upstream: createUpstream({
      invoker: withOwnMethods(deps.invoker, OWN_APP_IDS, operationsOf(deps.invoker)),
      settings,
      metrics: createUpstreamMetrics(metrics),
      random: deps.random ?? Math.random,
    }),
    settings,
    slots: createStreamSlots(config.streams),
    stopping: stopping.signal,
    heartbeatMs: deps.heartbeatMs ?? 15_000,
    secureCookies: config.tls,
  });

  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple').set('case sensitive routing', true).set('strict routing', true);
  app.set('trust proxy', [...config.trustedProxies]);
  app.use(assignRequestId, measureRequests(metrics, logger));
  app.use(securityHeaders(config.tls), stripHeaders, limitUrl, cors(config.corsOrigins));
  registerRoutes(app, routes, dispatch);
  servePages(app, openApiDocument(routes, settings.current().services.gateway.version), keySet);
  app.use(answerUnmatched(app));
  app.use(createErrorHandler(logger));

  let server: RunningServer | undefined;
  return {
    app,
    readiness: [],
    listen: async (port = config.port, host = config.host) => {
      server = await listenOn(inOwnTrace(app), { port, host });
      return server;
    },
    stop: async (graceMs) => {
      stopping.abort();
      await server?.close(graceMs);
    },
  };
}
