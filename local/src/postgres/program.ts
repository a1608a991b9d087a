/** Runs one of PostgreSQL's programs to its end. */
import { spawn } from 'node:child_process';
import type { Account } from './binaries.ts';

/** Nothing of the caller's: a PGDATA or PGPORT of the user's own server must not reach ours. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C' };

export interface ProgramResult {
  readonly code: number | null;
  /** What it wrote to both its outputs. */
  readonly output: string;
}

export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly account: Account | undefined; readonly cwd: string },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    // A group of its own: a Ctrl-C meant for the caller must not interrupt an initdb or a stop.
    const child = spawn(program, args, {
      ...options.account,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: SERVER_ENVIRONMENT,
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8').trim() }));
  });
}
