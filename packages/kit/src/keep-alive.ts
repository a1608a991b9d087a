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
  return createRepeated({
    pauseMs: everyMs,
    work: async () => {
      if (!connection.isReady) return;
      await within(limitMs, connection.ping());
    },
    onError: (error) => {
      // Whatever else it is, the client sees to it.
      if (!(error instanceof LateError)) return;
      logger.warn({ limitMs }, 'no answer over a connection: it is made anew');
      connection.destroy();
      connection.connect().catch((failed: unknown) => logger.debug({ error: failed }, 'no new connection'));
    },
  });
}
