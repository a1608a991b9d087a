import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

/** Its exit code and what it wrote to standard error. */
function shard(url: string | undefined): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, MONGODB_URL: url };
    const child = execFile(
      process.execPath,
      [path.join(import.meta.dirname, 'shard.ts')],
      { env },
      (_error, _stdout, stderr) => resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });
}

describe('npm run catalog:shard', () => {
  it('refuses a server that is no mongos, and says so in a line', async () => {
    const { code, stderr } = await shard(process.env['MONGODB_URL']);
    assert.equal(
      stderr,
      'MONGODB_URL names no mongos: only a sharded cluster can be sharded. Nothing was changed.\n',
    );
    assert.equal(code, 2);
  });

  it('tells a server that is away from one that refuses, so that trying again is worth it', async () => {
    const { code, stderr } = await shard('mongodb://127.0.0.1:9/catalog');
    assert.match(stderr, /^The collections could not be sharded: /);
    assert.equal(code, 1);
  });

  it('asks for the URL where there is none', async () => {
    const { code, stderr } = await shard(undefined);
    assert.match(stderr, /MONGODB_URL: is missing/);
    assert.equal(code, 2);
  });
});
