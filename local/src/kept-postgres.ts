/** The PostgreSQL server of the platform, started again when it dies. */
import type { Logger } from '@ecommercestack/kit';
import { freePort } from './ports.ts';
import { PostgresError, startPostgres, type Postgres } from './postgres.ts';
import { StartError } from './start-error.ts';
import { supervise } from './supervise.ts';

export interface KeptPostgres extends Pick<
  Postgres,
  'port' | 'connectionString' | 'createDatabase' | 'stop'
> {
  /** Undefined while it is down. */
  pid(): number | undefined;
}

const FLAGS = ['-c', 'max_connections=200', '-c', 'shared_buffers=48MB', '-c', 'jit=off'];

/** Always on the same port, so that connection strings stay true. Throws `StartError`. */
export async function keepPostgres(
  dataDir: string,
  logger: Logger,
  onChange: () => void,
): Promise<KeptPostgres> {
  const port = await freePort();
  const servers: Postgres[] = [];
  const launch = async () => {
    const server = await startPostgres({
      dataDir,
      port,
      flags: FLAGS,
      logger: { info: (message) => logger.info(message), warn: (message) => logger.warn(message) },
    });
    servers.push(server);
    // What died still holds the folder until it is told to stop.
    return { pid: server.pid, ended: server.ended.then(() => server.stop()), stop: () => server.stop() };
  };
  const supervised = await supervise({ name: 'postgres', launch, logger, onChange }).catch(
    (error: unknown) => {
      throw error instanceof PostgresError ? new StartError(error.message, { cause: error }) : error;
    },
  );
  const [first] = servers;
  if (first === undefined) throw new Error('PostgreSQL has not been started');
  return {
    port,
    connectionString: (database) => first.connectionString(database),
    createDatabase: (name) => first.createDatabase(name),
    pid: () => supervised.pid(),
    stop: () => supervised.stop(),
  };
}
