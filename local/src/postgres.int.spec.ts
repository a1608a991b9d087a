import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@ecommercestack/kit/testing';
import pg from 'pg';
import { discardFolder, discardPostgres, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

async function query(server: Postgres, database: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.connectionString(database) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Starts a server from a process of its own and resolves with that process's id once the server is ready. */
async function startInChild(dataDir: string) {
  const program = `
    import { startPostgres } from ${JSON.stringify(import.meta.resolve('./postgres.ts'))};
    const server = await startPostgres({ dataDir: process.argv[1] });
    process.on('SIGINT', () => {});
    process.stdout.write(String(server.pid));
    process.stdin.resume().on('end', () => process.exit());`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const output = await Promise.race([
    once(child.stdout, 'data').then((data) => String(data[0])),
    once(child, 'exit').then(() => ''),
  ]);
  assert.ok(child.pid !== undefined && output !== '');
  return { child, pid: child.pid, serverPid: Number(output) };
}

/** A dead process that nobody has waited for is listed as `Z`. */
function lives(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

/** An interrupted test leaves its server: whatever runs below the folder goes, orphans made on purpose included. */
function killAllUnder(folder: string): void {
  const listed = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n');
  const pids = listed
    .filter((line) => line.includes(`-D ${folder}/`))
    .map((line) => line.trim().split(' ')[0] ?? '');
  // The command goes on when one of them has just ended by itself.
  spawnSync('kill', ['-QUIT', ...pids]);
}

void describe('an embedded PostgreSQL', { timeout: 120_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postgres-spec-'));
    // As root, the server runs under another account, which has to get in.
    await chmod(folder, 0o711);
    process.prependOnceListener('SIGTERM', () => {
      killAllUnder(folder);
      process.exit(1);
    });
  });
  after(async () => {
    await discardFolder(folder);
  });

  void it('keeps its data and its password over a restart, and makes a database once', async () => {
    const dataDir = path.join(folder, 'kept');
    const first = await startPostgres({ dataDir });
    await first.createDatabase('shop');
    await first.createDatabase('shop');
    await query(first, 'shop', 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    assert.equal(lives(first.pid), false);

    const second = await startPostgres({ dataDir, flags: ['-c', 'max_connections=17'] });
    assert.deepEqual(await query(second, 'shop', 'SELECT answer FROM kept'), [{ answer: 42 }]);
    assert.deepEqual(await query(second, 'shop', 'SHOW max_connections'), [{ max_connections: '17' }]);
    assert.deepEqual(await query(second, 'shop', 'SHOW listen_addresses'), [
      { listen_addresses: '127.0.0.1' },
    ]);
    assert.deepEqual(await query(second, 'shop', 'SHOW fsync'), [{ fsync: 'on' }]);
    assert.equal((await stat(path.join(dataDir, 'password'))).mode & 0o077, 0);
    await second.stop();
    await second.stop();
  });

  void it('refuses a wrong password', async () => {
    const server = await startPostgres({ dataDir: path.join(folder, 'kept') });
    const client = new pg.Client({
      connectionString: server.connectionString('postgres').replace(/:[^:@]+@/, ':wrong@'),
    });
    await assert.rejects(client.connect(), { code: '28P01' });
    await server.stop();
  });

  void it('names the living process that already runs on the folder', async () => {
    const dataDir = path.join(folder, 'kept');
    const server = await startPostgres({ dataDir });
    await assert.rejects(startPostgres({ dataDir }), { kind: 'in-use', pid: process.pid });
    assert.deepEqual(await query(server, 'postgres', 'SELECT 1 AS alive'), [{ alive: 1 }]);
    await server.stop();
  });

  void it('survives a Ctrl-C in the process group of its caller', async () => {
    const { child, pid, serverPid } = await startInChild(path.join(folder, 'kept'));
    process.kill(-pid, 'SIGINT');
    const waited = new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    await waited;
    assert.equal(lives(serverPid), true);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  void it('goes with a process that ends without stopping it', async () => {
    const { child, serverPid } = await startInChild(path.join(folder, 'kept'));
    child.stdin.end();
    await once(child, 'exit');
    await eventually(() => assert.equal(lives(serverPid), false));
  });

  void it('stops the server that a killed process left behind, and loses no commit', async () => {
    const dataDir = path.join(folder, 'orphan');
    const { child, serverPid } = await startInChild(dataDir);
    const port = (await readFile(path.join(dataDir, 'cluster/postmaster.pid'), 'utf8')).split('\n')[3];
    const password = await readFile(path.join(dataDir, 'password'), 'utf8');
    const client = new pg.Client(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 7 AS answer');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(lives(serverPid), true);

    const next = await startPostgres({ dataDir });
    assert.equal(lives(serverPid), false);
    assert.deepEqual(await query(next, 'postgres', 'SELECT answer FROM kept'), [{ answer: 7 }]);
    await next.stop();
  });

  void it('recovers after the server itself was killed, and tells that it ended', async () => {
    const dataDir = path.join(folder, 'killed');
    const server = await startPostgres({ dataDir });
    await query(server, 'postgres', 'CREATE TABLE kept AS SELECT 7 AS answer');
    process.kill(server.pid, 'SIGKILL');
    await server.ended;
    await server.stop();
    assert.equal(existsSync(path.join(dataDir, 'cluster/postmaster.pid')), true);

    const next = await startPostgres({ dataDir });
    assert.deepEqual(await query(next, 'postgres', 'SELECT answer FROM kept'), [{ answer: 7 }]);
    await next.stop();
  });

  void it('says what is missing in a half-deleted folder, and starts once the folder is gone', async () => {
    const dataDir = path.join(folder, 'killed');
    await rm(path.join(dataDir, 'cluster/pg_wal'), { recursive: true });
    await assert.rejects(startPostgres({ dataDir }), { kind: 'damaged', message: /no pg_wal/ });
    await rm(path.join(dataDir, 'password'));
    await assert.rejects(startPostgres({ dataDir }), { kind: 'damaged', message: /password is missing/ });
    await rm(dataDir, { recursive: true });
    await (await startPostgres({ dataDir })).stop();
  });

  void it('discards a folder with every cluster that belongs to it, wherever that lies', async () => {
    const home = path.join(folder, 'home');
    const dataDir = path.join(home, 'deep', 'postgres');
    await (await startPostgres({ dataDir })).stop();
    const cluster = await realpath(path.join(dataDir, 'cluster'));
    assert.equal(await discardFolder(home), undefined);
    assert.deepEqual([home, cluster].filter(existsSync), []);
  });

  void it('discards nothing of a folder while a server in it belongs to a living process', async () => {
    const home = path.join(folder, 'home-in-use');
    const server = await startPostgres({ dataDir: path.join(home, 'postgres') });
    const before = path.join(home, 'keys', 'key');
    await mkdir(path.dirname(before));
    await writeFile(before, 'k');
    assert.equal(await discardFolder(home), process.pid);
    assert.ok(existsSync(before));
    await server.stop();
    assert.equal(await discardFolder(home), undefined);
    assert.ok(!existsSync(home));
  });

  void it('discards a folder with the server that a killed process left on it', async () => {
    const dataDir = path.join(folder, 'discarded');
    const { child, serverPid } = await startInChild(dataDir);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await discardPostgres(dataDir), undefined);
    assert.deepEqual([lives(serverPid), existsSync(dataDir)], [false, false]);
  });

  void it('refuses a port that is taken, and is free for a second try', async () => {
    const dataDir = path.join(folder, 'kept');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    await assert.rejects(startPostgres({ dataDir, port: address.port }), { kind: 'port-taken' });
    other.close();
    await once(other, 'close');
    const server = await startPostgres({ dataDir, port: address.port });
    assert.equal(server.port, address.port);
    await server.stop();
  });

  void it('runs in a folder below one that is closed to other accounts, whatever the umask', async (t) => {
    const umask = process.umask(0o077);
    t.after(() => process.umask(umask));
    const closed = path.join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const dataDir = path.join(closed, 'data');
    await (await startPostgres({ dataDir })).stop();
    const server = await startPostgres({ dataDir });
    assert.deepEqual(await query(server, 'postgres', 'SELECT 1 AS alive'), [{ alive: 1 }]);
    const cluster = await realpath(path.join(dataDir, 'cluster'));
    assert.equal(await discardPostgres(dataDir), process.pid);
    await server.stop();
    assert.equal(await discardPostgres(dataDir), undefined);
    assert.deepEqual([existsSync(cluster), existsSync(dataDir)], [false, false]);
  });

  void it('shows what the server logged when it does not start', async () => {
    const dataDir = path.join(folder, 'kept');
    const started = startPostgres({ dataDir, flags: ['-c', 'no_such_setting=1'] });
    await assert.rejects(started, { kind: 'failed', message: /no_such_setting/ });
  });
});
