/** A PostgreSQL for one run of the specs, in a folder that goes away with it. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discardPostgres, startPostgres } from '@ecommercestack/local/postgres';

const PREFIX = 'ecommercestack-test-';

/** Sets DATABASE_URL for `run` and the processes it starts. */
export async function withTestPostgres<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  await removeLeftovers();
  const dataDir = await mkdtemp(path.join(tmpdir(), PREFIX));
  // As root, the server runs under another account, which has to get in.
  await chmod(dataDir, 0o711);
  // Many specs, each with pools of its own, share the server. Specs kill processes, never the machine: what is
  // committed survives that without a flush to the disk.
  const flags = ['-c', 'max_connections=300', '-c', 'fsync=off'];
  const postgres = await startPostgres({ dataDir, flags });
  try {
    signal.throwIfAborted();
    process.env['DATABASE_URL'] = postgres.connectionString('postgres');
    return await run();
  } finally {
    await postgres.stop();
    await discardPostgres(dataDir);
  }
}

/** A run that was killed leaves its folder and its server. A folder nobody has claimed yet is just being made. */
async function removeLeftovers(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
    const dataDir = path.join(tmpdir(), name);
    if (existsSync(path.join(dataDir, 'owner'))) await discardPostgres(dataDir);
  }
}
