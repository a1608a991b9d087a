/** What the search for parts takes from the environment; nothing else in this folder reads it. */
import { homedir } from 'node:os';
import path from 'node:path';

export interface PartsEnvironment {
  /** Parts that were built or fetched are kept below it, one folder for each version. */
  readonly cache: string;
  readonly path: string;
  readonly daprd: string | undefined;
  readonly sentry: string | undefined;
  readonly javaHome: string | undefined;
}

export function partsEnvironment(env: NodeJS.ProcessEnv = process.env): PartsEnvironment {
  const base = env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return {
    cache: path.join(base, 'ecommercestack'),
    path: env['PATH'] ?? '',
    daprd: env['DAPRD'] || undefined,
    sentry: env['SENTRY'] || undefined,
    javaHome: env['JAVA_HOME'] || undefined,
  };
}
