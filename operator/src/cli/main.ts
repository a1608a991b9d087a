/** `kubectl estack`: looks at a shop in a cluster and acts upon its resource. */
import { readArgs, usage, type Args } from './args.ts';
import { runCommand } from './commands.ts';
import { CommandError, openKubectl } from './kubectl.ts';

const WRONG = 2;
const REFUSED = 3;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let args: Args | undefined;
  try {
    args = readArgs(argv);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    return WRONG;
  }
  if (args === undefined) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  try {
    const now = new Date().toISOString();
    const { text, value, code } = await runCommand(openKubectl(args.connection), args, now);
    process.stdout.write(`${args.json ? JSON.stringify(value, undefined, 2) : text}\n`);
    return code;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return REFUSED;
  }
}
