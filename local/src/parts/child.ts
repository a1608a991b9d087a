/** A server started as a child: its log, its readiness, its end, and that it never outlives the process it serves. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identity } from '../postgres/owner.ts';

export interface ChildOptions {
  /** For messages, and of the files `<name>.log` and `<name>.pid` in `dir`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Its whole environment: nothing of the caller's is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working folder; made when missing. One child of a name at a time. */
  readonly dir: string;
  /** It serves once this matches what it has logged since its start. */
  readonly ready: RegExp;
}

export interface Child {
  readonly pid: number;
  /** Settles when the process has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** SIGTERM, and SIGKILL when that does not end it within half a minute. Resolves when it has ended. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;

/**
 * Resolves when the program is ready. One that a killed process left behind in the folder is killed first. Throws,
 * with the end of the log, when the program ends before it is ready or takes longer than two minutes.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  await mkdir(options.dir, { recursive: true });
  const pidFile = path.join(options.dir, `${options.name}.pid`);
  await killOrphan(pidFile);
  const log = path.join(options.dir, `${options.name}.log`);
  const { child, pid, exited, logStart } = await spawnChild(options, log);
  await writeFile(pidFile, identity(pid) ?? String(pid));
  const guard = await spawnGuard(pid);
  // The guard goes first: it must never meet another process that has been given this id.
  const ended = exited.then(guard.dismiss);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(impatient);
    await rm(pidFile, { force: true });
  };
  try {
    await untilReady(child, options, log, logStart);
  } catch (error) {
    child.kill('SIGKILL');
    await stop();
    throw error;
  }
  return { pid, ended, stop };
}

async function killOrphan(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const recorded = (await readFile(pidFile, 'utf8')).trim();
  const [id, start] = recorded.split(' ');
  // Without the time of its start it may be anybody's by now.
  const pid = start === undefined ? Number.NaN : Number(id);
  while (Number.isInteger(pid) && pid > 0 && identity(pid) === recorded) {
    process.kill(pid, 'SIGKILL');
    await sleep(20);
  }
  await rm(pidFile, { force: true });
}

/** A session of its own: a Ctrl-C reaches the platform alone, which still needs the server to drain. */
async function spawnChild(options: ChildOptions, log: string) {
  const output = await open(log, 'a', 0o600);
  try {
    const logStart = (await output.stat()).size;
    const child = spawn(options.program, options.args, {
      cwd: options.dir,
      env: options.env,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    // From the first moment: a short-lived one is gone before anything else has been awaited.
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (child.pid === undefined) throw new Error(`${options.name} has no process id`);
    return { child, pid: child.pid, exited, logStart };
  } finally {
    await output.close();
  }
}

/**
 * A shell that waits on a pipe from us, which closes when we die, of whatever cause, and then kills the server. What
 * the servers here have acknowledged survives a kill.
 */
async function spawnGuard(pid: number): Promise<{ readonly dismiss: () => Promise<void> }> {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1"', 'guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(guard, 'exit');
  await once(guard, 'spawn');
  return {
    dismiss: async () => {
      guard.kill('SIGKILL');
      await gone;
    },
  };
}

async function untilReady(
  child: ChildProcess,
  { name, ready }: ChildOptions,
  log: string,
  logStart: number,
): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const logged = (await readFile(log)).subarray(logStart).toString('utf8');
    if (ready.test(logged)) return;
    const dead = child.exitCode !== null || child.signalCode !== null;
    if (dead || performance.now() > deadline) {
      const end = logged.trimEnd().split('\n').slice(-15).join('\n');
      throw new Error(`${name} ${dead ? 'did not start' : 'was not ready in time'}:\n${end}`);
    }
    await sleep(20);
  }
}
