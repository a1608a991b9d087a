/** Starts a process, and ends it without losing what is in flight. */
import { trace, ProxyTracerProvider } from '@opentelemetry/api';
import type { Logger } from './logger.ts';
import { LateError, within } from './within.ts';

export interface ProcessOptions {
  readonly start: () => Promise<void>;
  /** Stops accepting, finishes what is in flight, closes everything. */
  readonly stop: () => Promise<void>;
  readonly logger: Logger;
  /** After this long the process ends all the same, with exit code 1. Default 20,000. */
  readonly drainTimeoutMs?: number;
}

const FLUSH_MS = 3_000;

/**
 * SIGTERM and SIGINT: stop, flush telemetry, exit 0; a second signal: exit 1 at once. A start that fails and
 * an unhandled error are logged and end the process with 1. Resolves when `start` has.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const { logger } = options;
  let stopping = false;

  const shutDown = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    const drainMs = options.drainTimeoutMs ?? 20_000;
    const clean = await within(drainMs, options.stop()).then(
      () => true,
      (error: unknown) => {
        if (error instanceof LateError)
          logger.error({ drainMs }, 'what was in flight did not finish in time');
        else logger.error({ error }, 'stopping failed');
        return false;
      },
    );
    await flushTelemetry(logger);
    logger.info({ clean }, 'stopped');
    process.exit(clean ? 0 : 1);
  };

  const crash = async (error: unknown, message: string): Promise<never> => {
    logger.fatal({ error }, message);
    await flushTelemetry(logger);
    process.exit(1);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutDown(signal));
  process.on('uncaughtException', (error) => void crash(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => void crash(error, 'unhandled rejection'));
  try {
    await options.start();
  } catch (error) {
    await crash(error, 'the process could not start');
  }
}

/** Sends the last spans, for 3 s at most: a lost span is accepted, a hanging process is not. */
export async function flushTelemetry(logger: Logger): Promise<void> {
  const provider = trace.getTracerProvider();
  const sdk: object = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  if (!canShutDown(sdk)) return;
  await within(FLUSH_MS, sdk.shutdown()).catch((error: unknown) =>
    logger.warn({ error }, 'the last spans were not sent'),
  );
}

/** What does not trace has nothing to shut down. */
function canShutDown(sdk: object): sdk is { shutdown(): Promise<unknown> } {
  return 'shutdown' in sdk && typeof sdk.shutdown === 'function';
}
