/** The one door to the platform: authenticates, limits, validates and routes; no business rule lives here. */
import {
  routes as publicRoutes,
  type CacheChange,
  type Route,
  type Settings,
} from '@ecommercestack/contracts';
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
import { openHttpCache } from './http-cache/open.ts';
import { openApiDocument } from './openapi/document.ts';
import { operationsOf } from './operations/dead-letters.ts';
import { joinMethods, withOwnMethods } from './operations/own-methods.ts';
import { purgeOperations } from './operations/purge-cache.ts';
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
  /** Default 30,000. */
  readonly idleMs?: number;
}

export interface Gateway {
  readonly app: Express;
  readonly readiness: readonly ReadinessCheck[];
  /** For runtimes in which the gateway hears of changes by other ways than a server. */
  cacheChanged(change: CacheChange): void;
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
  const httpCache = openHttpCache(config, { logger, metrics, clock });
  const forget = (change: CacheChange) => httpCache?.apply(change);
  const ownMethods = joinMethods(operationsOf(deps.invoker), purgeOperations(deps.invoker, forget));
  const dispatch = createDispatch({
    verifier: createTokenVerifier({ ...config.tokens, keys: keySet.keys, clock }),
    limiter: createRateLimiter(settings, metrics, clock),
    upstream: createUpstream({
      invoker: withOwnMethods(deps.invoker, OWN_APP_IDS, ownMethods),
      settings,
      metrics: createUpstreamMetrics(metrics),
      random: deps.random ?? Math.random,
    }),
    ...(httpCache !== undefined && { answers: httpCache.answers }),
    settings,
    slots: createStreamSlots(config.streams),
    stopping: stopping.signal,
    heartbeatMs: deps.heartbeatMs ?? 15_000,
    idleMs: deps.idleMs ?? 30_000,
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
    readiness: httpCache?.readiness ?? [],
    cacheChanged: forget,
    listen: async (port = config.port, host = config.host) => {
      // Bodies have limits of their own: that of an import may take as long as it goes on.
      server = await listenOn(inOwnTrace(app), { port, host, requestTimeoutMs: 0 });
      await httpCache?.lifecycle.start();
      return server;
    },
    stop: async (graceMs) => {
      stopping.abort();
      await server?.close(graceMs);
      await httpCache?.lifecycle.stop();
    },
  };
}
