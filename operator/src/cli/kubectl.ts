/**
 * The cluster as the user reaches it: by their own kubectl, with its contexts, logins and proxies. Nothing here has a
 * connection, or credentials, of its own.
 */
import { spawn } from 'node:child_process';

/** What a user can do something about: told without a stack trace. */
export class CommandError extends Error {}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Kubectl {
  /** Throws `CommandError` with what kubectl said when it fails. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** For commands whose exit code is an answer. */
  readonly ask: (...args: readonly string[]) => Promise<Output>;
}

/** `connection` are kubectl's own options; they go first. Throws `CommandError` when there is no kubectl. */
export function openKubectl(connection: readonly string[], program = 'kubectl'): Kubectl {
  const ask = (...args: readonly string[]): Promise<Output> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...connection, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (stderr += chunk));
      child.once('error', (error) => reject(new CommandError(`${program} does not run: ${error.message}`)));
      child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr: withoutLog(stderr) }));
    });
  const run: Kubectl['run'] = async (...args) => {
    const { code, stdout, stderr } = await ask(...args);
    if (code !== 0) throw new CommandError(stderr || `${program} ended with ${code}`);
    return stdout;
  };
  return { run, ask };
}

/** kubectl's library logs each try; what it says in the end is enough. */
function withoutLog(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !/^[EWI]\d{4} /.test(line))
    .join('\n')
    .trim();
}
