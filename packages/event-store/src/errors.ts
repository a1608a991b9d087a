/** What may go wrong, told apart by what the caller may do about it. */
import { DatabaseError } from 'pg';

/** The stream is not where the writer expected it. Load again and decide again. */
export class ConcurrencyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConcurrencyError';
  }
}

/** What was to be decided on is not in memory, or no longer true. Nothing was committed; read, and decide again. */
export class NotRememberedError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`not remembered: ${what}`, options);
    this.name = 'NotRememberedError';
  }
}

/** The database could not be asked. Nothing was committed. */
export class StoreUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super('the database is unavailable', options);
    this.name = 'StoreUnavailableError';
  }
}

/** The connection was lost while committing: the transaction may or may not have happened. */
export class CommitUnknownError extends Error {
  constructor(options?: ErrorOptions) {
    super('the connection was lost while committing', options);
    this.name = 'CommitUnknownError';
  }
}

/** SQLSTATE classes of a server that goes away: connection exception, operator intervention, system error. */
const unavailableClasses = new Set(['08', '57', '58']);
const serializationFailures = new Set(['40001', '40P01']);

/** The driver's, where `query_timeout` is set; it has no class or code for it. */
const noAnswer = 'Query read timeout';

/**
 * True where the server said so, or has not answered in time; a connection that breaks is seen by its `error` event, which
 * comes after that.
 */
export function isServerGone(error: unknown): boolean {
  if (error instanceof Error && error.message === noAnswer) return true;
  return error instanceof DatabaseError && unavailableClasses.has(error.code?.slice(0, 2) ?? '');
}

/** True where the same work may succeed when done again: conflicts, serialization failures, deadlocks. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof ConcurrencyError ||
    (error instanceof DatabaseError && serializationFailures.has(error.code ?? ''))
  );
}

/** True where doing the batch in halves cannot tell good messages from bad ones, or could do them twice. */
export function concernsWholeBatch(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof CommitUnknownError;
}
