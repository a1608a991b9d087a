/** What both runtimes stand on: the data folder, the resource, PostgreSQL, the payment provider, the token issuer. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createDevelopmentIssuer, type DevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';
import {
  createMetrics,
  createMetricsRegistry,
  listen,
  readIfThere,
  registerProcessMetrics,
  type Logger,
  type Metrics,
  type MetricsRegistry,
} from '@ecommercestack/kit';
import type { Args } from './args.ts';
import { keepPostgres, type KeptPostgres } from './kept-postgres.ts';
import { startProvider, type Provider } from './provider.ts';
import { backends } from './services.ts';
import { openStackFile, type StackFile } from './stack-file.ts';
import { StartError } from './start-error.ts';
import type { UndoStack } from './undo-stack.ts';

export interface Ground {
  /** The data folder, absolute. */
  readonly data: string;
  readonly registry: MetricsRegistry;
  /** Of the command itself. */
  readonly metrics: Metrics;
  readonly stack: StackFile;
  readonly postgres: KeptPostgres;
  /** Connection strings by service. */
  readonly databases: Readonly<Record<string, string>>;
  readonly provider: Provider & { readonly webhookSecret: string };
  readonly issuer: DevelopmentIssuer;
}

/**
 * Throws `StartError` for what the user can put right. What `push` was given takes it all down. `onChange` is called
 * when the database server has ended and when it runs again.
 */
export async function layGround(
  args: Args,
  logger: Logger,
  push: UndoStack['push'],
  onChange: () => void = () => undefined,
): Promise<Ground> {
  const data = resolve(args.data);
  await mkdir(data, { recursive: true, mode: 0o700 });
  await Promise.all([assertFree('--port', args.port), assertFree('--admin-port', args.adminPort)]);
  const registry = createMetricsRegistry();
  registerProcessMetrics(registry);
  const metrics = createMetrics({ service: 'local', registry });

  const stack = await openStackFile(args.stack, join(data, 'settings.json'), logger);
  push('resource', () => stack.close());

  const postgres = await keepPostgres(join(data, 'postgres'), logger, onChange);
  push('postgres', () => postgres.stop());
  await Promise.all(backends.map((name) => postgres.createDatabase(name)));
  const databases = Object.fromEntries(backends.map((name) => [name, postgres.connectionString(name)]));

  const webhookSecret = await keptSecret(join(data, 'webhook-secret'));
  const provider = await startProvider({ dataDir: join(data, 'provider'), port: 0, webhookSecret, logger });
  push('provider', () => provider.stop());

  const issuer = await createDevelopmentIssuer(join(data, 'keys'));
  return {
    data,
    registry,
    metrics,
    stack,
    postgres,
    databases,
    provider: { ...provider, webhookSecret },
    issuer,
  };
}

/** The gateway's configuration, but for its port. */
export function tokenConfiguration({ issuer, audience, jwksUrl }: DevelopmentIssuer) {
  return { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: audience, JWKS_URL: jwksUrl.href };
}

/** Made at the first call, readable by its owner alone. */
export async function keptSecret(path: string): Promise<string> {
  const kept = await readIfThere(path);
  if (kept !== undefined) return kept;
  const fresh = randomBytes(32).toString('hex');
  await writeFile(path, fresh, { mode: 0o600 });
  return fresh;
}

/** For a `catch`: says what the user can do about a port that somebody else has. */
export function portTaken(option: string, port: number) {
  return (error: unknown): never => {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is taken by another program. Stop it, or choose another with ${option} N.`,
        { cause: error },
      );
    }
    throw error;
  };
}

/** Before anything is started: to find out at the end would cost the user the whole start. */
async function assertFree(option: string, port: number): Promise<void> {
  const server = await listen(() => undefined, { port, host: '127.0.0.1' }).catch(portTaken(option, port));
  await server.close();
}
