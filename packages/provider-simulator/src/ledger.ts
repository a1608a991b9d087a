/** An append-only file of JSON lines. An append resolves when its line is on the disk; concurrent appends share one sync. */
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

export interface Ledger {
  /** Rejects for ever after the first failed write: what is on the disk is then no longer known. */
  append(entry: object): Promise<void>;
  /** Resolves when everything appended so far is on the disk. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly entries: readonly unknown[];
}

/**
 * Reads what is there and cuts a torn last line, which only a killed process leaves and nobody was told about.
 * An unreadable line before the last one is damage, and throws.
 */
export async function openLedger(directory: string, name: string): Promise<OpenedLedger> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  const handle = await open(path, 'a');
  await syncDirectory(directory);
  const content = await readFile(path, 'utf8');
  const { entries, validBytes } = parseLines(content);
  if (validBytes < Buffer.byteLength(content)) await truncate(path, validBytes);

  let buffer: string[] = [];
  let written: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function writeBatch(): Promise<void> {
    const batch = buffer.join('');
    buffer = [];
    next = undefined;
    await handle.appendFile(batch);
    await handle.datasync();
  }

  return {
    entries,
    ledger: {
      append(entry) {
        buffer.push(`${JSON.stringify(entry)}\n`);
        next ??= written = written.then(writeBatch);
        return next;
      },
      settled: () => written,
      async close() {
        try {
          await written;
        } finally {
          await handle.close();
        }
      },
    },
  };
}

/** Entries of a file's text, and how many bytes of it are whole lines. */
function parseLines(content: string): { entries: unknown[]; validBytes: number } {
  const lines = content.split('\n');
  const torn = lines.pop() ?? '';
  const entries: unknown[] = [];
  let validBytes = Buffer.byteLength(content) - Buffer.byteLength(torn);
  for (const [index, line] of lines.entries()) {
    try {
      entries.push(JSON.parse(line));
    } catch (cause) {
      if (index < lines.length - 1) throw new Error(`ledger line ${index + 1} is damaged`, { cause });
      validBytes -= Buffer.byteLength(line) + 1;
    }
  }
  return { entries, validBytes };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
