import type { Account } from './binaries.ts';

export interface PostgresOptions {
  /** Holds the cluster, its password and its log; made when missing. */
  readonly dataDir: string;
  /** A free one when left out. */
  readonly port?: number;
  /** More arguments of the server, such as `-c`, `max_connections=200`. */
  readonly flags?: readonly string[];
  readonly logger?: { info(message: string): void; warn(message: string): void };
}

export interface Postgres {
  readonly port: number;
  /** The server's own process id. */
  readonly pid: number;
  /** A `postgres://` URL with the password in it. */
  connectionString(database: string): string;
  /** Makes the database unless it exists. */
  createDatabase(name: string): Promise<void>;
  /** Settles when the server has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** Ends all connections, writes everything out and resolves when the server has ended. */
  stop(): Promise<void>;
}

/**
 * `in-use`: another living process (`pid`) runs on this folder. `damaged`: files of the cluster are missing.
 * `incompatible`: made by another major version. `port-taken`: somebody listens on the asked port.
 * `failed`: anything else; the message ends with what the server logged.
 */
export type PostgresErrorKind = 'in-use' | 'damaged' | 'incompatible' | 'port-taken' | 'failed';

export class PostgresError extends Error {
  readonly kind: PostgresErrorKind;
  readonly pid: number | undefined;

  constructor(kind: PostgresErrorKind, message: string, pid?: number) {
    super(message);
    this.name = 'PostgresError';
    this.kind = kind;
    this.pid = pid;
  }
}

/** What every step works on. */
export interface Setting {
  readonly dataDir: string;
  /** The folder of the programs. */
  readonly bin: string;
  readonly account: Account | undefined;
}
