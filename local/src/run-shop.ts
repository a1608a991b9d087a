/** Runs a shop in this terminal until Ctrl-C, whatever runtime it is on. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { seedProducts } from '@ecommercestack/catalog/seed';
import {
  ConfigError,
  createLogger,
  parseConfig,
  runProcess,
  type Environment,
  type Logger,
} from '@ecommercestack/kit';
import { z } from 'zod';
import { banner } from './access.ts';
import type { Args } from './args.ts';
import { runDemo } from './demo.ts';
import type { Platform } from './platform.ts';
import { StartError } from './start-error.ts';

const SHOPPERS = ['ada', 'alan', 'grace', 'edsger', 'barbara', 'leslie'];

const configuration = z.object({
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export interface Command<A extends Args> {
  readonly usage: string;
  /** Undefined: help was asked for. Throws a `TypeError` on a bad option. */
  readonly readArgs: (argv: readonly string[]) => A | undefined;
  readonly start: (args: A, logger: Logger) => Promise<Platform>;
  /** Where the logs are; shown when the shop is open. */
  readonly logs: (args: A) => string;
  /** How long stopping may take. Milliseconds. */
  readonly drainTimeoutMs: number;
}

/** A mistake on the command line or in the environment ends it with exit code 1. */
export async function runCommand<A extends Args>(
  command: Command<A>,
  argv: readonly string[],
  environment: Environment,
): Promise<void> {
  const { usage } = command;
  try {
    const args = command.readArgs(argv);
    if (args) await run(command, args, environment);
    else console.log(usage);
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof StartError) console.error(error.message);
    else if (error instanceof TypeError || error instanceof ConfigError)
      console.error(`${error.message}\n\n${usage}`);
    else throw error;
  }
}

async function run<A extends Args>(command: Command<A>, args: A, environment: Environment): Promise<void> {
  const { LOG_LEVEL: level } = parseConfig(configuration, environment);
  await mkdir(args.data, { recursive: true, mode: 0o700 });
  const logFile = join(args.data, 'platform.log');
  const log = await openLog(logFile);
  const write = (line: string): void => {
    log.write(line);
    if (args.verbose) process.stdout.write(line);
  };
  const logger = createLogger({ service: 'local', level, sink: { write } });
  const closing = new AbortController();
  let starting: Promise<Platform> | undefined;
  let demo: Promise<void> = Promise.resolve();

  await runProcess({
    logger,
    drainTimeoutMs: command.drainTimeoutMs,
    start: async () => {
      const started = performance.now();
      console.log(`Starting the shop in ${args.data} …`);
      let platform: Platform;
      try {
        starting = command.start(args, logger);
        platform = await starting;
      } catch (error) {
        if (!(error instanceof StartError)) console.error(`The shop could not be started; see ${logFile}.`);
        else console.error(error.message);
        throw error;
      }
      if (closing.signal.aborted) return;
      const sku = seedProducts.find(({ stock }) => stock >= 20)?.product.sku ?? '';
      console.log(banner(platform.access, join(args.data, 'access.json'), sku));
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      console.log(`Ready after ${seconds} s. ${command.logs(args)}. Ctrl-C stops.`);
      if (args.demo)
        demo = startDemo(platform, closing.signal).catch((error: unknown) => {
          logger.error({ error }, 'the demo ended');
          console.error(`The demo ended; see ${logFile}. The shop goes on.`);
        });
    },
    stop: async () => {
      console.log('\nStopping: finishing what is in flight …');
      closing.abort();
      await demo;
      // A start that is under way is finished first: halfway, nobody knows what there is to stop.
      const platform = await starting?.catch(() => undefined);
      await platform?.stop();
      console.log('Stopped. Everything is kept; start again to go on.');
    },
  });
}

/** Throws `StartError`. A log that cannot be written later is reported once, and ends nothing. */
async function openLog(file: string): Promise<WriteStream> {
  const log = createWriteStream(file, { flags: 'a' });
  try {
    await once(log, 'open');
  } catch (error) {
    throw new StartError(`Cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  let isReported = false;
  log.on('error', (error) => {
    if (!isReported) console.error(`The log ${file} is written no more: ${error.message}`);
    isReported = true;
  });
  return log;
}

async function startDemo({ access, issuer }: Platform, signal: AbortSignal): Promise<void> {
  const tokens = await Promise.all(SHOPPERS.map((customer) => issuer.mint({ customer, expiresIn: '1d' })));
  const { url, adminToken } = access;
  await runDemo({
    url,
    adminToken,
    tokens,
    signal,
    show: process.stdout.isTTY ? rewriteLine : everyFewSeconds(),
  });
}

function rewriteLine(text: string): void {
  process.stdout.write(`\r\u001b[K${text}`);
}

/** For logs, which keep every line. */
function everyFewSeconds(): (text: string) => void {
  let next = 0;
  return (text) => {
    if (performance.now() < next) return;
    next = performance.now() + 5_000;
    console.log(text);
  };
}
