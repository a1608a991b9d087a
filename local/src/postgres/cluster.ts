/** The files of the server: made once, checked at every start. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outsideFolder, reachable } from './binaries.ts';
import { runProgram } from './program.ts';
import { PostgresError } from './types.ts';
import type { PostgresOptions, Setting } from './types.ts';

/** The superuser of every cluster. */
export const USER = 'postgres';
const MAJOR_VERSION = '18';
const CLUSTER_PARTS = [
  'PG_VERSION',
  'postgresql.conf',
  'pg_hba.conf',
  'global/pg_control',
  'base',
  'pg_wal',
  'pg_xact',
];

/** The password belongs to the folder: made once, readable by its owner alone. */
export async function readPassword(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'password');
  if (!existsSync(file)) {
    if (existsSync(path.join(dataDir, 'cluster'))) {
      throw new PostgresError(
        'damaged',
        `${file} is missing. Put it back, or delete ${dataDir} to start empty.`,
      );
    }
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  }
  return (await readFile(file, 'utf8')).trim();
}

/** Returns the path of an intact cluster. */
export async function prepareCluster(
  setting: Setting,
  password: string,
  options: Pick<PostgresOptions, 'logger'>,
): Promise<string> {
  const entry = path.join(setting.dataDir, 'cluster');
  if (!existsSync(entry)) await initialise(setting, entry, password, options);
  const missing = CLUSTER_PARTS.filter((part) => !existsSync(path.join(entry, part)));
  if (missing.length > 0) {
    throw new PostgresError(
      'damaged',
      `The database in ${setting.dataDir} is incomplete (no ${missing.join(', ')}). Restore it from a backup, or delete the folder to start empty.`,
    );
  }
  const version = (await readFile(path.join(entry, 'PG_VERSION'), 'utf8')).trim();
  if (version !== MAJOR_VERSION) {
    throw new PostgresError(
      'incompatible',
      `The database in ${setting.dataDir} was made by PostgreSQL ${version}; this is ${MAJOR_VERSION}. Dump it with ${version}, or delete the folder to start empty.`,
    );
  }
  // Resolved, because the server cannot follow a link out of a folder that is closed to it.
  return realpath(entry);
}

/** The cluster appears under its name by a rename, whole, so that a crash in here leaves nothing half-made. */
async function initialise(
  { dataDir, bin, account }: Setting,
  entry: string,
  password: string,
  options: Pick<PostgresOptions, 'logger'>,
): Promise<void> {
  options.logger?.info(`initialising a PostgreSQL cluster in ${dataDir}`);
  // Reached through a link when root's folder is closed to the account that the server runs as.
  const direct = await reachable(dataDir, account);
  const home = direct ? entry : outsideFolder('cluster', dataDir);
  const fresh = `${home}.new`;
  await rm(fresh, { recursive: true, force: true });
  await rm(entry, { force: true });
  await mkdir(path.dirname(fresh), { recursive: true });
  // Whatever the umask says: the account has to get through.
  if (!direct) await chmod(path.dirname(fresh), 0o755);
  await mkdir(fresh, { mode: 0o700 });
  const passwordFile = `${fresh}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (account !== undefined) {
      await chown(fresh, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    await makeCluster({ bin, account }, fresh, passwordFile);
  } finally {
    await rm(passwordFile, { force: true });
  }
  if (!direct) await rm(home, { recursive: true, force: true });
  await rename(fresh, home);
  if (!direct) await symlink(home, entry);
}

/** What is a letter, where PostgreSQL asks the system: macOS 13 has no `C.UTF-8`, and a small image no `en_US`. */
const CHARACTER_TYPES = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** Of the character types that the machine knows, the first; order and case are PostgreSQL's own on all of them. */
async function makeCluster(
  { bin, account }: Pick<Setting, 'bin' | 'account'>,
  folder: string,
  passwordFile: string,
): Promise<void> {
  let output = '';
  for (const characterType of CHARACTER_TYPES) {
    const made = await runProgram(
      path.join(bin, 'initdb'),
      [
        '-D',
        folder,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        `--lc-ctype=${characterType}`,
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ],
      { account, cwd: folder },
    );
    if (made.code === 0) return;
    ({ output } = made);
    if (!output.includes('invalid locale name')) break;
  }
  throw new PostgresError('failed', `initdb failed: ${output}`);
}
