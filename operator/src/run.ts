/** The operator as a whole: what it watches, when it may write, and whose turn it is. */
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock, type Clock, type Logger, type Metrics, type ReadinessCheck } from '@ecommercestack/kit';
import type { OperatorConfig } from './config.ts';
import { FINALIZER } from './desired/names.ts';
import { ApiError } from './kube/answers.ts';
import { createKube } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { createElector, type Elector } from './kube/lease.ts';
import { createQueue, QUEUE_BACKOFF, systemQueueClock, type Queue } from './kube/queue.ts';
import { createRecorder } from './kube/recorder.ts';
import { REFLECTOR_TIMES } from './kube/reflector.ts';
import { createFacts, type Facts } from './loop/facts.ts';
import { declareOperatorMetrics, type OperatorMetrics } from './loop/metrics.ts';
import { createReconciler } from './loop/reconciler.ts';
import { createView, type View } from './loop/view.ts';
import { createWorldReader, isTerminating } from './loop/world.ts';

export interface OperatorDependencies {
  readonly connection: Connection;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

export interface Operator {
  readonly readiness: readonly ReadinessCheck[];
  readonly isLeading: () => boolean;
  /** Lets the write that is on its way happen, gives the lease away and ends every watch. */
  stop(): Promise<void>;
}

/** Returns at once; it watches, and writes when the lease is its own. The connection stays open after `stop`. */
export function runOperator(config: OperatorConfig, dependencies: OperatorDependencies): Operator {
  const { connection, logger } = dependencies;
  const metrics = declareOperatorMetrics(dependencies.metrics);
  const context: Context = { ...dependencies, clock: dependencies.clock ?? systemClock, config, metrics };
  const stopping = new AbortController();

  const view = createView({
    connection,
    namespaces: config.WATCH_NAMESPACES,
    times: { ...REFLECTOR_TIMES, relistMs: config.RESYNC },
    onStack: (key) => queue.add(key),
    onRestart: (kind, reason, error) => {
      metrics.watchRestarts.inc({ kind, reason });
      // Where nothing ever changes, a server may have nothing to send either.
      const level = reason === 'ended' || reason === 'stalled' ? 'debug' : 'warn';
      logger[level]({ kind, reason, error }, 'a watch begins again');
    },
  });
  const facts = factsFor(context, view);
  const elector = electorFor(context);
  const queue = queueFor(context, { view, facts, isLeading: elector.isLeading });
  const forget = dependencies.metrics.onCollect(() => {
    metrics.queueDepth.set({}, queue.depth);
    metrics.leader.set({}, elector.isLeading() ? 1 : 0);
    metrics.stacks.set(
      {},
      view.stacks.all().reduce((sum, { size }) => sum + size, 0),
    );
  });

  const run = async (): Promise<void> => {
    view.start();
    const known = facts.start().then(() => view.synced());
    // What was not listed looks as if it had to be made.
    await Promise.race([known, once(stopping.signal)]);
    if (!stopping.signal.aborted) logger.info('everything was listed');
    await elector.run(stopping.signal, async (leading) => {
      view.everyStack();
      await queue.run(leading);
    });
  };
  const running = run();

  return {
    isLeading: elector.isLeading,
    readiness: [{ name: 'watches', check: async () => unlisted(view) }],
    stop: async () => {
      stopping.abort();
      const last = running.then(() => letGoOfOwn(context, view));
      // A server that does not answer keeps nobody here; the lease runs out by itself then.
      await Promise.race([last, wait(config.SHUTDOWN_GRACE, undefined, { ref: false })]);
      forget();
      await Promise.all([facts.stop(), view.stop()]);
    },
  };
}

interface Context extends Omit<OperatorDependencies, 'metrics'> {
  readonly clock: Clock;
  readonly config: OperatorConfig;
  readonly metrics: OperatorMetrics;
}

function factsFor({ connection, config, logger }: Context, view: View): Facts {
  const facts = createFacts({
    connection,
    daprVersion: config.DAPR_VERSION,
    daprNamespace: config.DAPR_NAMESPACE,
    intervalMs: config.DISCOVERY_INTERVAL,
    onChange: ({ extensions }) => view.follow(extensions),
    onTold: () => {
      const { extensions, daprVersion } = facts.cluster;
      logger.info({ extensions: [...extensions], daprVersion }, 'this is what the cluster offers');
      view.everyStack();
    },
    onError: (error) => logger.warn({ error }, 'it cannot be told what the cluster offers'),
  });
  return facts;
}

function electorFor({ connection, config, logger }: Context): Elector {
  return createElector({
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
}

interface Parts {
  readonly view: View;
  readonly facts: Facts;
  readonly isLeading: () => boolean;
}

function queueFor(context: Context, { view, facts, isLeading }: Parts): Queue {
  const { connection, clock, config, logger, metrics } = context;
  const kube = createKube({
    connection,
    isLeading,
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
  return createQueue({
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
}

/**
 * The pods of a namespace that is deleted are the first to go, and with them nobody would be left to let go of a stack in
 * it. So whoever ends does, leading or not: one that still leads may take it back, but ends, too.
 */
async function letGoOfOwn({ connection, config, logger, metrics }: Context, view: View): Promise<void> {
  const namespace = config.POD_NAMESPACE;
  const stacks = view.stacks.in(namespace)?.inGroup(namespace) ?? [];
  const held = stacks.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER) === true);
  try {
    if (held.length === 0 || !(await isTerminating(connection, namespace))) return;
    const kube = createKube({
      connection,
      isLeading: () => true,
      onStored: view.stored,
      onWrite: (verb, kind) => metrics.writes.inc({ verb, kind }),
      record: async () => undefined,
    });
    for (const { metadata } of held)
      await kube.removeFinalizer(metadata, FINALIZER, metadata.finalizers ?? []);
  } catch (error) {
    logger.warn({ error }, 'a stack in the own namespace may hold it back');
  }
}

function unlisted(view: View): string | undefined {
  const missing = view.missing();
  return missing.length === 0 ? undefined : `not listed so far: ${missing.join(', ')}`;
}

function once(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
