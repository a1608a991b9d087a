import type { Logger } from './logger.ts';
import { createRepeated } from './repeat.ts';
import type { Repeated } from './repeat.ts';
import { LateError, within } from './within.ts';

/** Of a client that connects again by itself when its connection breaks. */
export interface KeptConnection {
  readonly isReady: boolean;
  ping(): Promise<unknown>;
  /** Breaks it, and rejects what waits for an answer. */
  destroy(): void;
  /** Keeps what is subscribed to. */
  connect(): Promise<unknown>;
}

/**
 * Asks every so often, and makes a connection anew over which no answer comes. A server that goes without a word, as
 * with the node that it is on, is otherwise missed when TCP gives up, after a quarter of an hour. Milliseconds.
 */
export function createKeepAlive(options: {
  readonly connection: KeptConnection;
  readonly logger: Logger;
  readonly everyMs?: number;
  readonly limitMs?: number;
}): Repeated {
  const { connection, logger, everyMs = 3_000, limitMs = 3_000 } = options;
  const renew = async (): Promise<void> => {
    logger.warn({ limitMs }, 'no answer over a connection: it is made anew');
    connection.destroy();
    await connection.connect();
  };
  return createRepeated({
    pauseMs: everyMs,
    work: async () => {
      if (!connection.isReady) return;
      const isLate = await within(limitMs, connection.ping()).then(
        () => false,
        (error: unknown) => error instanceof LateError,
      );
      // Not waited for: it may take as long as the server stays away, and the stop must not.
      if (isLate) renew().catch((error: unknown) => logger.debug({ error }, 'no new connection'));
    },
    onError: (error) => logger.warn({ error }, 'a connection could not be looked after'),
  });
}
