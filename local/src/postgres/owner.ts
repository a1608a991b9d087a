/** Which process a data folder belongs to. One at a time, and a dead one keeps nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';

export type Claim =
  | { readonly kind: 'claimed'; readonly release: () => Promise<void> }
  | { readonly kind: 'taken'; readonly pid: number };

/** Writes this process into `file` unless a living process is in it. */
export async function claim(file: string): Promise<Claim> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, identity(process.pid) ?? String(process.pid));
  try {
    for (;;) {
      // A link appears together with its content, so nobody reads a half-written claim.
      if (await attempt(() => link(own, file), 'EEXIST')) {
        return { kind: 'claimed', release: () => rm(file, { force: true }) };
      }
      const pid = await livingOwner(file);
      if (pid !== undefined) return { kind: 'taken', pid };
      await setAside(file);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** The process in the file while it lives, else undefined. */
export async function livingOwner(file: string): Promise<number | undefined> {
  if (!existsSync(file)) return undefined;
  const recorded = (await readFile(file, 'utf8')).trim();
  const pid = Number(recorded.split(' ')[0]);
  return Number.isInteger(pid) && pid > 0 && identity(pid) === recorded ? pid : undefined;
}

/** Removes a dead claim, unless a living process has replaced it since we looked: then that one goes back. */
async function setAside(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  if (!(await attempt(() => rename(file, aside), 'ENOENT'))) return;
  if ((await livingOwner(aside)) === undefined) await rm(aside, { force: true });
  else await rename(aside, file);
}

/** False when the action failed with the expected code. */
async function attempt(action: () => Promise<void>, expected: string): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === expected) return false;
    throw error;
  }
}

/** As macOS tells it; empty where nobody does. */
function startOf(pid: number): string {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
  });
  return ((stdout as string | null) ?? '').trim();
}

/** Process id and, where the system tells it, start time, because ids are used again. Undefined when it is dead. */
export function identity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return [pid, startOf(pid)].join(' ').trim();
  // Field 22 of proc(5), counted after the command name, which may itself hold spaces and parentheses.
  const fields = readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  // A killed process that nobody has waited for yet is dead to us.
  return fields[0] === 'Z' ? undefined : `${pid} ${fields[19] ?? ''}`;
}
