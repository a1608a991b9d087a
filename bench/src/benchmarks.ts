/** What the commands that measure have in common. */
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { discardFolder } from '@ecommercestack/local/postgres';

/** The names that were asked for; those of `byDefault` when there are none. Throws on a name that is not known. */
export function chooseBenchmarks(
  asked: readonly string[],
  known: readonly string[],
  byDefault = known,
): readonly string[] {
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return asked.length > 0 ? asked : byDefault;
}

/** What the figures below it were measured on. */
export function printMachine(details: string): void {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${details}`);
}

/**
 * Measures in a folder of its own. Afterwards, and on Ctrl-C, all that was deferred is undone and the folder is gone.
 * What the work fails with once it is interrupted is of no interest.
 */
export async function inFolder(
  work: (folder: string, undo: AsyncDisposableStack) => Promise<void>,
): Promise<void> {
  const interrupted = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal).then(() => true));
  const folder = await mkdtemp(path.join(tmpdir(), 'ecommercestack-bench-'));
  const undo = new AsyncDisposableStack();
  undo.defer(async () => void (await discardFolder(folder)));
  let isInterrupted: boolean | void;
  try {
    isInterrupted = await Promise.race([work(folder, undo), ...interrupted]);
  } finally {
    await undo.disposeAsync();
  }
  // The work may still be waiting for what is gone.
  if (isInterrupted === true) process.exit(1);
}
