/** The operator as a whole: what it watches, when it may write, and whose turn it is. */
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock, type Clock, type Logger, type Metrics, type ReadinessCheck } from '@ecommercestack/kit';
import type { OperatorConfig } from './config.ts';
import { ApiError } from './kube/answers.ts';
import { createKube } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { createElector } from './kube/lease.ts';
import { createQueue, QUEUE_BACKOFF, systemQueueClock } from './kube/queue.ts';
import { createRecorder } from './kube/recorder.ts';
import { REFLECTOR_TIMES } from './kube/reflector.ts';
import { createFacts } from './loop/facts.ts';
import { declareOperatorMetrics } from './loop/metrics.ts';
import { createReconciler } from './loop/reconciler.ts';
import { createView } from './loop/view.ts';
import { createWorldReader } from './loop/world.ts';

export interface OperatorDependencies {
  readonly connection: Connection;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

export interface Operator {
  readonly readiness: readonly ReadinessCheck[];
  isLeading(): boolean;
  /** Lets the write that is on its way happen, gives the lease away and ends every watch. */
  stop(): Promise<void>;
}

/** Returns at once; it watches, and writes when the lease is its own. The connection stays open after `stop`. */
export function runOperator(config: OperatorConfig, dependencies: OperatorDependencies): Operator {
  const { connection, logger, clock = systemClock } = dependencies;
  const metrics = declareOperatorMetrics(dependencies.metrics);
  const stopping = new AbortController();

  const view = createView({
    connection,
    namespaces: config.WATCH_NAMESPACES,
    times: { ...REFLECTOR_TIMES, relistMs: config.RESYNC },
    onStack: (key) => queue.add(key),
    onRestart: (kind, reason, error) => {
      metrics.watchRestarts.inc({ kind, reason });
      if (reason !== 'ended') logger.warn({ kind, reason, error }, 'a watch begins again');
    },
  });
  const everyStack = (): void => {
    for (const cache of view.stacks.all())
      for (const { metadata } of cache.values()) queue.add(`${metadata.namespace}/${metadata.name}`);
  };
  const facts = createFacts({
    connection,
    daprVersion: config.DAPR_VERSION,
    daprNamespace: config.DAPR_NAMESPACE,
    intervalMs: config.DISCOVERY_INTERVAL,
    onChange: ({ extensions }) => view.follow(extensions),
    onTold: () => {
      const { extensions, daprVersion } = facts.cluster;
      logger.info({ extensions: [...extensions], daprVersion }, 'this is what the cluster offers');
      everyStack();
    },
    onError: (error) => logger.warn({ error }, 'it cannot be told what the cluster offers'),
  });
  const elector = createElector({
    connection,
    namespace: config.POD_NAMESPACE,
    name: config.LEASE_NAME,
    identity: `${config.POD_NAME}_${crypto.randomUUID()}`,
    times: {
      durationMs: config.LEASE_DURATION,
      renewDeadlineMs: config.RENEW_DEADLINE,
      retryMs: config.RETRY_PERIOD,
    },
    onChange: (leads) =>
      logger.info(leads ? 'this process writes from now on' : 'this process writes no more'),
    onError: (error) => logger.warn({ error }, 'the lease cannot be asked for'),
  });
  const kube = createKube({
    connection,
    isLeading: elector.isLeading,
    onStored: view.stored,
    onWrite: (verb, kind) => metrics.writes.inc({ verb, kind }),
    record: createRecorder({
      clock,
      instance: config.POD_NAME,
      onLeftOut: (reason, error) => {
        metrics.eventsLeftOut.inc({ reason });
        if (reason === 'refused') logger.warn({ error }, 'an event was not told');
      },
    }),
  });
  const readWorld = createWorldReader({ view, connection, clock, cluster: () => facts.cluster });
  const queue = createQueue({
    handle: createReconciler({ readWorld, kube, metrics, logger }),
    onFailure: (key, error) => {
      logger.warn({ stack: key, error }, 'a stack is not as it should be');
      return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    },
    workers: config.WORKERS,
    backoff: QUEUE_BACKOFF,
    clock: systemQueueClock,
    random: Math.random,
  });
  const forget = dependencies.metrics.onCollect(() => {
    metrics.queueDepth.set({}, queue.depth);
    metrics.leader.set({}, elector.isLeading() ? 1 : 0);
    metrics.stacks.set(
      {},
      view.stacks.all().reduce((sum, { size }) => sum + size, 0),
    );
  });

  const lead = async (leading: AbortSignal): Promise<void> => {
    everyStack();
    await queue.run(leading);
  };
  const run = async (): Promise<void> => {
    view.start();
    const known = facts.start().then(() => view.synced());
    const stopped = new Promise((resolve) =>
      stopping.signal.addEventListener('abort', resolve, { once: true }),
    );
    // What was not listed looks as if it had to be made.
    await Promise.race([known, stopped]);
    if (!stopping.signal.aborted) logger.info('everything was listed');
    await elector.run(stopping.signal, lead);
  };
  const running = run();

  return {
    isLeading: elector.isLeading,
    readiness: [
      {
        name: 'watches',
        check: async () => {
          const missing = view.missing();
          return missing.length === 0 ? undefined : `not listed so far: ${missing.join(', ')}`;
        },
      },
    ],
    stop: async () => {
      stopping.abort();
      // A server that does not answer keeps nobody here; the lease runs out by itself then.
      const late = new AbortController();
      const grace = wait(config.SHUTDOWN_GRACE, undefined, { signal: late.signal }).catch(() => undefined);
      await Promise.race([running, grace]);
      late.abort();
      forget();
      await Promise.all([facts.stop(), view.stop()]);
    },
  };
}
