/** Reads a service's configuration from the environment, and names every bad key at once. */
import { inspect } from 'node:util';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One line per bad key. Values are never part of it, since any of them may be a secret. */
export class ConfigError extends Error {
  readonly problems: readonly { readonly key: string; readonly message: string }[];

  constructor(problems: readonly { readonly key: string; readonly message: string }[]) {
    super(`bad configuration:\n${problems.map(({ key, message }) => `  ${key}: ${message}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** An empty variable counts as missing, as templates and manifests often leave one behind. */
export function parseConfig<S extends z.ZodType>(schema: S, env: Environment): z.output<S> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const key = issue.path.map(String).join('.');
      const missing = issue.code === 'invalid_type' && !(key in given);
      return { key, message: missing ? 'is missing' : issue.message };
    }),
  );
}

/** A value that shows itself to nobody who does not ask by name. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return '[redacted]';
  }

  toString(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}

export const secret = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** 0 lets the system choose a free port. */
export const portNumber = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((port) => port <= 65_535, 'must be a port number');

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `10ms`, `30s`, `5m`, `2h`, `1d`; a duration without a unit is refused. Milliseconds. */
export const durationMs = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be a duration such as 10ms, 30s, 5m')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof MS;
    return Number.parseFloat(text) * MS[unit];
  });

export const flag = z
  .enum(['true', 'false', '1', '0', 'on', 'off'], 'must be true or false')
  .transform((text) => text === 'true' || text === '1' || text === 'on');

export const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);

export const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
  .refine((url) => new URL(url).pathname.length > 1, 'must name a database');
