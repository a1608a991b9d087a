/** Starts and stops second versions of services as the settings name them, so that no call meets a missing one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '@ecommercestack/contracts';
import type { Logger, MethodTable, ServiceApp } from '@ecommercestack/kit';
import { backends, type Backend } from './services.ts';

export interface Canaries {
  /** Before settings come into force: starts what they newly name. */
  readonly prepare: (settings: Settings) => Promise<void>;
  /** After they are in force: stops what they no longer name. */
  retire(settings: Settings): Promise<void>;
  stop(): Promise<void>;
}

export interface CanaryOptions {
  readonly build: (service: Backend, version: string) => ServiceApp;
  /** Where the invoker finds the apps of this process. */
  readonly methods: Map<string, MethodTable>;
  readonly logger: Logger;
  /** How long calls that were routed before have to end. Default 1,000. */
  readonly drainMs?: number;
}

interface Canary {
  readonly version: string;
  readonly app: ServiceApp;
}

export function createCanaries({ build, methods, logger, drainMs = 1_000 }: CanaryOptions): Canaries {
  const running = new Map<Backend, Canary>();

  async function stop(service: Backend, { app, version }: Canary): Promise<void> {
    await sleep(drainMs);
    await app.stop();
    logger.info({ canaryOf: service, version }, 'canary stopped');
  }

  return {
    prepare: async (settings) => {
      for (const service of backends) {
        const version = settings.services[service].canary?.version;
        const previous = running.get(service);
        if (version === undefined || version === previous?.version) continue;
        const app = build(service, version);
        await app.start();
        methods.set(app.appId, app.methods);
        running.set(service, { version, app });
        logger.info({ canaryOf: service, version }, 'canary started');
        if (previous) await stop(service, previous);
      }
    },
    retire: async (settings) => {
      for (const [service, canary] of running) {
        if (settings.services[service].canary) continue;
        running.delete(service);
        await sleep(drainMs);
        methods.delete(canary.app.appId);
        await stop(service, canary);
      }
    },
    stop: async () => {
      await Promise.all([...running.values()].map(({ app }) => app.stop()));
      running.clear();
    },
  };
}
