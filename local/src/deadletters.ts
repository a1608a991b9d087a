/** `npm run deadletters`: lists, explains, edits, replays and discards dead letters of a running shop. */
import { CommandError, openApi } from './dead-letters/api.ts';
import { readArgs, usage } from './dead-letters/args.ts';
import { runCommand } from './dead-letters/commands.ts';

try {
  const args = readArgs(process.argv.slice(2));
  if (args === undefined) console.log(usage);
  else {
    const { data, as, json } = args.options;
    const api = await openApi(data, as);
    const { value, text, failed } = await runCommand(api, args, (line) => console.error(line));
    console.log(json ? JSON.stringify(value, undefined, 2) : text);
    process.exitCode = failed ? 1 : 0;
  }
} catch (error) {
  if (error instanceof CommandError) {
    console.error(error.message);
    process.exitCode = 1;
  } else if (error instanceof TypeError) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
