/** `npm run start:dapr`: runs the shop with sidecars until Ctrl-C. */
import { join } from 'node:path';
import { daprUsage, readDaprArgs } from '../args.ts';
import { runCommand } from '../run-shop.ts';
import { startDaprPlatform } from './platform.ts';

/** Tracing, the log level, where the catalog keeps what it keeps, and what concerns Node itself. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      /^(OTEL_|NODE_|(LOG_LEVEL|TZ|PUBSUB_PARTITIONS|PRODUCT_STORE|MONGODB_URL|SEARCH_INDEX|ELASTICSEARCH_URL)$)/.test(
        entry[0],
      ) && entry[1] !== undefined,
  ),
);

await runCommand(
  {
    usage: daprUsage,
    readArgs: readDaprArgs,
    start: (args, logger) => startDaprPlatform(args, inherited, logger),
    logs: ({ data }) => `Logs: tail -f ${join(data, 'logs', '*.log')}`,
    drainTimeoutMs: 90_000,
  },
  process.argv.slice(2),
  process.env,
);
