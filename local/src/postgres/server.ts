/** The running server: start, readiness, stop. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isFree } from '../ports.ts';
import { USER } from './cluster.ts';
import { createDatabase } from './create-database.ts';
import { SERVER_ENVIRONMENT, runProgram } from './program.ts';
import { PostgresError } from './types.ts';
import type { Postgres, PostgresOptions, Setting } from './types.ts';

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_SECONDS = '60';

/** We hold the folder, so a server that still runs on it has lost the process that started it. */
export async function stopOrphan(
  setting: Setting,
  cluster: string,
  { logger }: Pick<PostgresOptions, 'logger'>,
): Promise<void> {
  const status = await pgCtl(setting, cluster, ['status']);
  if (status.code !== 0) return;
  logger?.warn(`stopping a PostgreSQL server left running on ${setting.dataDir}`);
  await stopServer(setting, cluster);
}

async function stopServer(setting: Setting, cluster: string): Promise<void> {
  const stopped = await pgCtl(setting, cluster, ['stop', '-m', 'fast', '-w', '-t', STOP_LIMIT_SECONDS]);
  if (stopped.code === 0) return;
  const status = await pgCtl(setting, cluster, ['status']);
  if (status.code === 0) throw new PostgresError('failed', `PostgreSQL does not stop: ${stopped.output}`);
}

function pgCtl({ bin, account }: Setting, cluster: string, args: readonly string[]) {
  return runProgram(path.join(bin, 'pg_ctl'), [...args, '-D', cluster], { account, cwd: cluster });
}

interface Launch {
  readonly cluster: string;
  readonly password: string;
  readonly release: () => Promise<void>;
  readonly options: PostgresOptions;
}

export async function launch(
  setting: Setting,
  { cluster, password, release, options }: Launch,
): Promise<Postgres> {
  const port = options.port ?? (await freePort());
  if (options.port !== undefined && !(await isFree(port)))
    throw new PostgresError('port-taken', `Port ${port} on 127.0.0.1 is taken by another program.`);
  const log = path.join(setting.dataDir, 'postgres.log');
  const server = await spawnServer(setting, cluster, port, log, options.flags ?? []);
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
  });
  const pid = await untilReady(server, cluster, log);
  const connectionString = (database: string) =>
    `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    port,
    pid,
    connectionString,
    ended,
    createDatabase: (name) => createDatabase(connectionString('postgres'), name),
    async stop() {
      if (server.exitCode === null && server.signalCode === null) await stopServer(setting, cluster);
      await ended;
      await release();
    },
  };
}

async function spawnServer(
  { bin, account }: Setting,
  cluster: string,
  port: number,
  log: string,
  flags: readonly string[],
): Promise<ChildProcess> {
  const output = await open(log, 'w', 0o600);
  try {
    const local = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const server = spawn(
      path.join(bin, 'postgres'),
      ['-D', cluster, '-p', String(port), ...local, ...flags],
      {
        ...account,
        cwd: cluster,
        detached: true,
        env: SERVER_ENVIRONMENT,
        stdio: ['ignore', output.fd, output.fd],
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.once('spawn', resolve);
      server.once('error', reject);
    });
    // A process that ends without `stop`, by a crash or a second Ctrl-C, takes it along: a fast shutdown.
    const takeAlong = () => void server.kill('SIGINT');
    process.once('exit', takeAlong);
    server.once('exit', () => process.off('exit', takeAlong));
    return server;
  } finally {
    await output.close();
  }
}

/** The server states its progress in the eighth line of postmaster.pid; pg_ctl waits for the same word. */
async function untilReady(server: ChildProcess, cluster: string, log: string): Promise<number> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null) {
      throw new PostgresError('failed', `PostgreSQL did not start:\n${await tail(log)}`);
    }
    const file = path.join(cluster, 'postmaster.pid');
    const lines = existsSync(file) ? (await readFile(file, 'utf8')).split('\n') : [];
    if (server.pid !== undefined && lines[0] === String(server.pid) && lines[7]?.trim() === 'ready')
      return server.pid;
    if (performance.now() > deadline) {
      server.kill('SIGQUIT');
      throw new PostgresError('failed', `PostgreSQL was not ready in time:\n${await tail(log)}`);
    }
    await sleep(20);
  }
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
}
