/** A Redis server on 127.0.0.1 that keeps what it has acknowledged when it is killed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import { partsEnvironment } from './environment.ts';
import type { PartsEnvironment } from './environment.ts';
import { MissingPartError, installCommand } from './missing.ts';
import { findProgram } from './programs.ts';

export interface RedisOptions {
  /** Holds the data, the configuration and the log. */
  readonly dir: string;
  /** A free one when left out. */
  readonly port?: number;
  /** Asked of every client when given. */
  readonly password?: string;
}

export interface Redis extends Child {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** A `redis://` URL, with the password when there is one. */
  readonly url: string;
}

/** Restartable on the same folder, after a kill, too. Throws `MissingPartError`. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const program = findRedis();
  const port = options.port ?? (await freePort());
  const dir = path.resolve(options.dir);
  await mkdir(dir, { recursive: true });
  // In a file rather than among the arguments, which every user of the machine can read.
  const config = path.join(dir, 'redis.conf');
  await writeFile(config, configuration(port, options.password), { mode: 0o600 });
  const child = await startChild({
    name: 'redis',
    program,
    args: [config],
    env: { LC_ALL: 'C' },
    dir,
    ready: /Ready to accept connections/,
  });
  const user = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return { ...child, port, address: `127.0.0.1:${port}`, url: `redis://${user}127.0.0.1:${port}` };
}

/** The path of the server. Throws `MissingPartError`. */
export function findRedis(environment: PartsEnvironment = partsEnvironment()): string {
  const program = findProgram('redis-server', environment.path);
  if (program === undefined) throw new MissingPartError('Redis', installCommand('redis-server', 'redis'));
  return program;
}

/** Streams live in memory and may not be evicted: a full server refuses writes, and the outboxes keep what they have. */
function configuration(port: number, password: string | undefined): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    'dir .',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    ...(password === undefined ? [] : [`requirepass ${JSON.stringify(password)}`]),
    '',
  ].join('\n');
}
