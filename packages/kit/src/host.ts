/** Runs several services in one process, on one bus. */
import type { Bus } from './bus.ts';
import type { ConsumerOptions, OnDeadLetter } from './consumer.ts';
import { CHECK_MS, createHealth, neededBy } from './health.ts';
import type { Health } from './health.ts';
import type { Logger } from './logger.ts';
import type { MethodTable, ReadinessCheck, ServiceApp, Subscription } from './ports.ts';

export interface HostOptions {
  readonly apps: readonly ServiceApp[];
  readonly bus: Bus;
  /** Filled as the apps start; give the same map to the local invoker. */
  readonly methods: Map<string, MethodTable>;
  readonly logger: Logger;
}

export interface Host {
  readonly readiness: readonly ReadinessCheck[];
  /** Calls and messages first, then the apps, those that depend on others first. */
  stop(): Promise<void>;
}

/** A canary takes calls by weight, but no messages: its stable version handles them. */
export function subscriptionsOf(app: ServiceApp): readonly Subscription[] {
  return app.appId.endsWith('-canary') ? [] : app.subscriptions;
}

/** Each service reads a topic under a consumer of its own. */
function ownerOf(apps: readonly ServiceApp[], { topic, consumer }: Subscription): ServiceApp {
  const reads = (each: Subscription) => each.topic === topic && each.consumer === consumer;
  const owner = apps.find((app) => subscriptionsOf(app).some(reads));
  if (owner === undefined) throw new Error(`no service reads ${topic} as ${consumer}`);
  return owner;
}

/** Keeps what a service could not handle with that service. */
export function deadLettersOf(apps: () => readonly ServiceApp[]): OnDeadLetter {
  return async (subscription, message, reason, attempts) => {
    const { consumer } = subscription;
    await ownerOf(apps(), subscription).deadLetters.record({ consumer, message, reason, attempts });
  };
}

/** Tells whether the service that reads could handle anything now. */
export function readinessOf(apps: () => readonly ServiceApp[]): NonNullable<ConsumerOptions['isReady']> {
  const known = new WeakMap<ServiceApp, Health>();
  return (subscription) => {
    const owner = ownerOf(apps(), subscription);
    const health = known.get(owner) ?? createHealth(neededBy('messages', owner.readiness), CHECK_MS);
    known.set(owner, health);
    return health.check();
  };
}

/** Starts the apps in the order of `dependsOn`. Where one fails, those before it are stopped again. */
export async function hostInProcess(options: HostOptions): Promise<Host> {
  const { bus, methods, logger } = options;
  const started: ServiceApp[] = [];
  const ordered = inDependencyOrder(options.apps);
  const gates = new Map(ordered.map((app) => [app, Promise.withResolvers<void>()]));

  const stop = async (): Promise<void> => {
    for (const [app, gate] of gates) {
      gate.promise.catch(() => logger.debug({ app: app.appId }, 'stopped before it had started'));
      gate.reject(new Error(`${app.appId} is not running`));
    }
    await bus.close();
    for (const app of ordered) methods.delete(app.appId);
    for (const app of started.splice(0).toReversed()) await app.stop();
  };

  // Every subscription stands before the first app runs, since what nobody has subscribed to is gone;
  // a message for an app that has not started yet waits for it.
  for (const [app, gate] of gates) {
    for (const subscription of subscriptionsOf(app)) {
      const handle: Subscription['handle'] = async (message) => {
        await gate.promise;
        return subscription.handle(message);
      };
      bus.subscribe({ ...subscription, handle });
    }
  }
  try {
    for (const [app, gate] of gates) {
      await app.start();
      started.push(app);
      methods.set(app.appId, app.methods);
      gate.resolve();
      logger.info({ app: app.appId }, 'service started');
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { readiness: options.apps.flatMap((app) => app.readiness), stop };
}

/** Stable: apps without a dependency between them keep the given order. */
export function inDependencyOrder(apps: readonly ServiceApp[]): readonly ServiceApp[] {
  const byId = new Map(apps.map((app) => [app.appId, app]));
  const ordered = new Set<ServiceApp>();
  const visit = (app: ServiceApp, path: readonly string[]): void => {
    if (path.includes(app.appId))
      throw new Error(`services depend on each other: ${[...path, app.appId].join(' → ')}`);
    for (const id of app.dependsOn ?? []) {
      const dependency = byId.get(id);
      if (dependency === undefined) throw new Error(`${app.appId} depends on ${id}, which is not hosted`);
      if (!ordered.has(dependency)) visit(dependency, [...path, app.appId]);
    }
    ordered.add(app);
  };
  for (const app of apps) visit(app, []);
  return [...ordered];
}
