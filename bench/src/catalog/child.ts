/** Starts the server of a measurement, and stops it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

export interface Shop {
  readonly pid: number;
  /** Throws unless the answer is 200, or 304 where that was asked for. Returns the body's length. */
  get(path: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startShop(env: Readonly<Record<string, string>>, connections: number): Promise<Shop> {
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the server could not be started');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the server ended before it listened');
    }),
  ])) as [string];
  const pool = new Pool(line, { connections });
  return {
    pid,
    async get(path) {
      const { statusCode, body } = await pool.request({ method: 'GET', path });
      const { byteLength } = await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
      return byteLength;
    },
    async stop() {
      await pool.close();
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
