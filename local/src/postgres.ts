/** A PostgreSQL server of our own, from npm, on 127.0.0.1: started, found again after a crash, stopped. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { serverAccount, usableBinaries } from './postgres/binaries.ts';
import { prepareCluster, readPassword } from './postgres/cluster.ts';
import { claim, livingOwner } from './postgres/owner.ts';
import { launch, stopOrphan } from './postgres/server.ts';
import { PostgresError } from './postgres/types.ts';
import type { Postgres, PostgresOptions } from './postgres/types.ts';

export { PostgresError };
export type { Postgres, PostgresErrorKind, PostgresOptions } from './postgres/types.ts';

/**
 * Starts a server on the folder, initialising it the first time. A server that a killed process left behind there is
 * stopped first. The server leads its own process group, so a Ctrl-C meant for the caller does not reach it: the
 * caller drains, then calls `stop`. Throws `PostgresError`.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = path.resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const owner = await claim(path.join(dataDir, 'owner'));
  if (owner.kind === 'taken') {
    throw new PostgresError('in-use', `Process ${owner.pid} is already running on ${dataDir}.`, owner.pid);
  }
  try {
    const account = await serverAccount();
    const setting = { dataDir, account, bin: await usableBinaries(account) };
    const password = await readPassword(dataDir);
    const cluster = await prepareCluster(setting, password, options);
    await stopOrphan(setting, cluster, options);
    return await launch(setting, { cluster, password, release: owner.release, options });
  } catch (error) {
    await owner.release();
    throw error;
  }
}

/**
 * Deletes a data folder for good, with the server that a killed process may have left on it. Returns the process id of
 * its owner, and deletes nothing, while that lives.
 */
export async function discardPostgres(folder: string): Promise<number | undefined> {
  const dataDir = path.resolve(folder);
  const entry = path.join(dataDir, 'cluster');
  const owner = await claim(path.join(dataDir, 'owner'));
  if (owner.kind === 'taken') return owner.pid;
  if (existsSync(entry)) {
    const cluster = await realpath(entry);
    const account = await serverAccount();
    await stopOrphan({ dataDir, account, bin: await usableBinaries(account) }, cluster, {});
    await rm(cluster, { recursive: true });
  }
  await rm(dataDir, { recursive: true });
  return undefined;
}

/**
 * Deletes a folder for good, with every data folder in it: a cluster may lie elsewhere, where the server's account can
 * reach it. Returns the process id of an owner that lives, and then has deleted nothing.
 */
export async function discardFolder(folder: string): Promise<number | undefined> {
  const dataFolders = await dataFoldersIn(folder);
  for (const each of dataFolders) {
    const pid = await livingOwner(path.join(each, 'owner'));
    if (pid !== undefined) return pid;
  }
  for (const each of dataFolders) {
    const pid = await discardPostgres(each);
    if (pid !== undefined) return pid;
  }
  await rm(folder, { recursive: true, force: true });
  return undefined;
}

async function dataFoldersIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  if (isDataFolder(folder)) return [folder];
  const folders = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return (await Promise.all(folders.map(({ name }) => dataFoldersIn(path.join(folder, name))))).flat();
}

function isDataFolder(folder: string): boolean {
  const has = (name: string): boolean => existsSync(path.join(folder, name));
  return has('owner') || (has('password') && has('cluster'));
}
