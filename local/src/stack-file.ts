/** Turns `stack.yaml` into the settings file that the services watch, now and at every change. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import {
  settings as settingsSchema,
  settingsOf,
  stack as stackSchema,
  type Settings,
  type Stack,
} from '@ecommercestack/contracts';
import { readIfThere, watchFolder, type Logger } from '@ecommercestack/kit';
import { parse } from 'yaml';
import { StartError } from './start-error.ts';

export interface StackFile {
  readonly settingsPath: string;
  settings(): Settings;
  stack(): Stack;
  /** From now on, changes of the resource are followed. */
  follow(follower: Follower): void;
  close(): Promise<void>;
}

export interface Follower {
  /** Before the new settings are written; a throw keeps the old ones in force. */
  readonly prepare: (settings: Settings, stack: Stack) => Promise<void>;
  /** After they were written. */
  readonly applied: (settings: Settings, stack: Stack) => Promise<void>;
}

const POLL_MS = 1_000;

/** Throws `StartError` when the resource cannot be read; a bad edit later is refused and logged. */
export async function openStackFile(path: string, settingsPath: string, logger: Logger): Promise<StackFile> {
  const file = resolve(path);
  let follower: Follower | undefined;
  let text = await readText(file);
  let stack = parseStack(text, path);
  let current = settingsOf(stack, (await lastRevision(settingsPath)) + 1);
  await writeSettings(settingsPath, current);

  async function reload(): Promise<void> {
    const next = await readText(file);
    if (next === text) return;
    text = next;
    const wanted = parseStack(text, path);
    const settings = settingsOf(wanted, current.revision + 1);
    await follower?.prepare(settings, wanted);
    await writeSettings(settingsPath, settings);
    stack = wanted;
    current = settings;
    logger.info({ revision: settings.revision }, 'the resource was changed');
    await follower?.applied(settings, wanted);
  }

  let running = Promise.resolve();
  const check = (): void => {
    running = running.then(reload).catch((error: unknown) => {
      logger.error({ error }, 'the changed resource was refused; the one before stays in force');
    });
  };
  // The folder, because editors replace the file; the poll, because some file systems tell nothing.
  const watcher = watchFolder(
    dirname(file),
    (name) => {
      if (name === basename(file)) check();
    },
    (error) => logger.warn({ error }, 'the resource is polled, since watching failed'),
  );
  const poll = setInterval(check, POLL_MS).unref();

  return {
    settingsPath,
    settings: () => current,
    stack: () => stack,
    follow: (next) => {
      follower = next;
    },
    close: async () => {
      watcher.close();
      clearInterval(poll);
      await running;
    },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StartError(`Cannot read ${file}. Name the EcommerceStack resource with --stack FILE.`, {
      cause: error,
    });
  }
}

/** Names every field that is wrong at once. */
export function parseStack(text: string, path: string): Stack {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new StartError(`${path} is not YAML: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = stackSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`,
  );
  throw new StartError(`${path} is not a valid EcommerceStack:\n${problems.join('\n')}`);
}

/** 0 when there is no readable settings file yet. */
async function lastRevision(settingsPath: string): Promise<number> {
  const text = await readIfThere(settingsPath);
  if (text === undefined) return 0;
  try {
    return settingsSchema.parse(JSON.parse(text)).revision;
  } catch (error) {
    throw new StartError(`${settingsPath} is damaged; delete it, it is made again from the resource.`, {
      cause: error,
    });
  }
}

async function writeSettings(path: string, settings: Settings): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(`${path}.new`, path);
}
