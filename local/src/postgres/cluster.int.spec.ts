import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { discardFolder, startPostgres } from '../postgres.ts';
import { serverAccount, usableBinaries } from './binaries.ts';
import { prepareCluster, readPassword } from './cluster.ts';
import type { Setting } from './types.ts';

describe('a cluster', () => {
  let folder: string;
  let setting: Setting;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cluster-spec-'));
    await chmod(folder, 0o711);
    const account = await serverAccount();
    setting = { dataDir: path.join(folder, 'data'), account, bin: await usableBinaries(account) };
    await mkdir(setting.dataDir);
  });
  after(() => discardFolder(folder));

  /** An initdb as on a machine where the character types that the pattern names are unknown. */
  const without = async (pattern: string): Promise<Setting> => {
    const bin = await mkdtemp(path.join(folder, 'bin-'));
    await chmod(bin, 0o755);
    const script = `#!/bin/sh
case "$*" in *--lc-ctype=${pattern}*) echo 'initdb: error: invalid locale name' >&2; exit 1 ;; esac
exec '${path.join(setting.bin, 'initdb')}' "$@"`;
    await writeFile(path.join(bin, 'initdb'), script, { mode: 0o755 });
    return { ...setting, bin };
  };

  it('is made without a character type that the machine does not know, its letters the same', async () => {
    const { dataDir } = setting;
    const password = await readPassword(dataDir);
    await assert.rejects(prepareCluster(await without(''), password, {}), { kind: 'failed' });
    await prepareCluster(await without('C.UTF-8'), password, {});
    const server = await startPostgres({ dataDir });
    const client = new pg.Client(server.connectionString('postgres'));
    await client.connect();
    const { rows } = await client.query(
      `SELECT datctype <> 'C.UTF-8' AS other, datlocale, lower('É') AS lower,
              to_tsvector('simple', 'Crème')::text AS words
         FROM pg_database WHERE datname = 'postgres'`,
    );
    await client.end();
    await server.stop();
    assert.deepEqual(rows, [{ other: true, datlocale: 'C.UTF-8', lower: 'é', words: "'crème':1" }]);
  });
});
