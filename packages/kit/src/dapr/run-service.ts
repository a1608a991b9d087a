/** Runs a service beside its sidecar. */
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import type { Environment } from '../config.ts';
import { CHECK_MS, createHealth, neededBy } from '../health.ts';
import { listen } from '../http/listen.ts';
import type { ServiceApp } from '../ports.ts';
import { createAppHandler } from './app-handler.ts';
import { createMethods } from './methods.ts';
import { appIdOf, runWithSidecar } from './run-with-sidecar.ts';
import type { Host, Program, Running, Runtime } from './run-with-sidecar.ts';
import { MESSAGE_RETRY } from './runtime-config.ts';
import { createSubscriber } from './subscriber.ts';

export interface ServiceProgram<S extends z.ZodType<{ readonly revision: number }>> extends Program<S> {
  readonly build: (environment: Environment, runtime: Runtime<z.output<S>>) => ServiceApp;
}

/** The sidecar's probe waits for 500 ms. */
const PROBE_MS = 300;

/** A canary takes calls, and messages only where it shares them with its stable version. */
export async function runService<S extends z.ZodType<{ readonly revision: number }>>(
  program: ServiceProgram<S>,
): Promise<void> {
  await runWithSidecar(program, async (host) => {
    const app = program.build(host.environment, host.runtime);
    return hostBesideSidecar(app, appIdOf(program.service, host.config.VARIANT), host);
  });
}

/** The port opens when the app has started, which is what the sidecar waits for before it delivers anything. */
async function hostBesideSidecar<S>(app: ServiceApp, appId: string, host: Host<S>): Promise<Running> {
  const { config, runtime } = host;
  const { APP_API_TOKEN: token, PORT: port, HOST } = config;
  const { logger, metrics, clock } = runtime;
  const stopping = new AbortController();
  const forCalls = createHealth(neededBy('calls', app.readiness), CHECK_MS);
  const forMessages = createHealth(neededBy('messages', app.readiness), CHECK_MS);
  const subscriber = createSubscriber({
    appId,
    subscriptions: config.VARIANT === 'stable' || config.CONSUMERS === 'Shared' ? app.subscriptions : [],
    deadLetters: app.deadLetters,
    stopping: stopping.signal,
    retry: { attempts: config.MESSAGE_ATTEMPTS, ...MESSAGE_RETRY },
    isReady: () => forMessages.check(),
    clock,
    logger,
    metrics,
  });
  const handler = createAppHandler({
    deliver: subscriber.deliver,
    routers: [createMethods({ methods: app.methods, stopping: stopping.signal, logger })],
    ...(token !== undefined && { apiToken: token.reveal() }),
    isReady: async () => !stopping.signal.aborted && (await forCalls.glance(PROBE_MS)),
    logger,
    metrics,
  });
  await app.start();
  const server = await listen(handler, { port, host: HOST });
  return {
    readiness: app.readiness,
    stop: async () => {
      await pause(config.DRAIN_DELAY);
      // The sidecar, which stops as well, hands over what it has taken from the broker already. What is refused
      // now it would offer for 20 s to nobody, and then set aside. Until then the app is healthy to it:
      // a sidecar that stops goes at once where its app is not, and what is published last would have to wait.
      await subscriber.untilQuiet();
      stopping.abort();
      await server.close();
      await app.stop();
    },
  };
}
