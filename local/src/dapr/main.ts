/** `npm run start:dapr`: runs the shop with sidecars until Ctrl-C. */
import { join } from 'node:path';
import { daprUsage, readDaprArgs } from '../args.ts';
import { inheritedFrom } from '../environment.ts';
import { runCommand } from '../run-shop.ts';
import { startDaprPlatform } from './platform.ts';

const inherited = inheritedFrom(process.env);

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
