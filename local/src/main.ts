/** `npm start`: runs the shop in one process until Ctrl-C. */
import { join } from 'node:path';
import { readArgs, usage } from './args.ts';
import { startPlatform } from './platform.ts';
import { runCommand } from './run-shop.ts';

await runCommand(
  {
    usage,
    readArgs,
    start: startPlatform,
    logs: ({ data }) => `Log: ${join(data, 'platform.log')}`,
    drainTimeoutMs: 20_000,
  },
  process.argv.slice(2),
  process.env,
);
