/** The operations API of a running shop, as its operator. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { customerId, type ProblemDocument } from '@ecommercestack/contracts';
import { createDevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import { readIfThere } from '@ecommercestack/kit';
import type { Access } from '../access.ts';

/** What the person at the terminal is told, without a stack. */
export class CommandError extends Error {}

export interface Api {
  get<T>(path: string): Promise<T>;
  send<T>(
    method: 'POST' | 'PATCH',
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<T>;
}

/** `path` is below `/api/ops/`. Throws a `CommandError` for what was refused or could not be reached. */
export async function openApi(dataDir: string, operator: string = userInfo().username): Promise<Api> {
  const text = await readIfThere(join(dataDir, 'access.json'));
  if (text === undefined)
    throw new CommandError(
      `There is no ${join(dataDir, 'access.json')} yet. Start the shop once, or name its folder with --data DIR.`,
    );
  const { url } = JSON.parse(text) as Access;
  if (!customerId.safeParse(operator).success)
    throw new CommandError(`${operator} cannot be written into the audit; choose a name with --as NAME.`);
  const issuer = await createDevelopmentIssuer(join(dataDir, 'keys'));
  const token = await issuer.mint({ customer: operator, roles: ['operator'], expiresIn: '1h' });

  const ask = async <T>(method: string, path: string, body?: unknown, headers = {}): Promise<T> => {
    const answer = await fetch(new URL(`/api/ops/${path}`, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new CommandError(`The shop at ${url} does not answer. Is it running?`, { cause: error });
    });
    const value: unknown = await answer.json();
    if (!answer.ok) throw new CommandError(describe(value as ProblemDocument));
    return value as T;
  };
  return {
    get: (path) => ask('GET', path),
    send: (method, path, { body, headers } = {}) => ask(method, path, body, headers),
  };
}

function describe({ title, detail, errors = [] }: ProblemDocument): string {
  return [detail ?? title, ...errors.map(({ path, message }) => `  ${path}: ${message}`)].join('\n');
}

/** `-` is standard input. */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read.`, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${file} is not JSON.`, { cause: error });
  }
}
