/** Formats the files and folders given, everything when none is. */
import { runTool } from './src/repository.ts';

const wanted = process.argv.slice(2);
runTool('prettier', ['--write', '--log-level=warn', ...(wanted.length > 0 ? wanted : ['.'])]);
