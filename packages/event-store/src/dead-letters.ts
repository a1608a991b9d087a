/** Messages that could not be handled, kept until somebody replays them. */
import type { EventStore } from './event-store.ts';

export interface DeadLetter<M> {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly messageId: string;
  readonly message: M;
  readonly reason: string;
  /** Deliveries in all. */
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly status: 'open' | 'replayed';
}

export interface DeadLetterFilter {
  readonly consumer?: string;
  readonly status?: DeadLetter<unknown>['status'];
}

/** The parts of a message by which it is found again. */
export interface DeadMessage {
  readonly id: string;
  readonly topic: string;
}

export interface DeadLetters<M extends DeadMessage> {
  /** The same message of the same consumer again adds its attempts and is open again. Returns the letter's id. */
  record(letter: {
    readonly consumer: string;
    readonly message: M;
    readonly reason: string;
    readonly attempts: number;
  }): Promise<string>;
  get(id: string): Promise<DeadLetter<M> | undefined>;
  /** Oldest first; `after` is the id of the last one seen, `limit` defaults to 100. */
  list(
    options?: DeadLetterFilter & { readonly after?: string; readonly limit?: number },
  ): Promise<readonly DeadLetter<M>[]>;
  count(filter?: DeadLetterFilter): Promise<number>;
  /** True if the letter was open. */
  markReplayed(id: string): Promise<boolean>;
}

interface Row<M> {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly message_id: string;
  readonly message: M;
  readonly reason: string;
  readonly attempts: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly status: DeadLetter<M>['status'];
}

function toLetter<M>(row: Row<M>): DeadLetter<M> {
  const { message_id: messageId, first_at: firstAt, last_at: lastAt, ...rest } = row;
  return { ...rest, messageId, firstAt, lastAt };
}

const columns = 'id::text, consumer, topic, message_id, message, reason, attempts, first_at, last_at, status';
const filtered = '($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR status = $2)';

export function deadLetters<M extends DeadMessage>(store: EventStore): DeadLetters<M> {
  const { pool } = store;
  return {
    async record({ consumer, message, reason, attempts }) {
      const { rows } = await pool.query<{ id: string }>(
        `INSERT INTO dead_letters
          (consumer, topic, message_id, message, reason, attempts, first_at, last_at, status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 'open')
        ON CONFLICT (consumer, message_id) DO UPDATE SET reason = excluded.reason, last_at = excluded.last_at,
          attempts = dead_letters.attempts + excluded.attempts, status = 'open'
        RETURNING id::text`,
        [consumer, message.topic, message.id, JSON.stringify(message), reason, attempts, store.now()],
      );
      return rows[0]?.id ?? '';
    },
    async get(id) {
      const { rows } = await pool.query<Row<M>>(`SELECT ${columns} FROM dead_letters WHERE id = $1`, [id]);
      return rows[0] === undefined ? undefined : toLetter(rows[0]);
    },
    async list({ consumer, status, after = '0', limit = 100 } = {}) {
      const { rows } = await pool.query<Row<M>>(
        `SELECT ${columns} FROM dead_letters WHERE ${filtered} AND id > $3 ORDER BY dead_letters.id LIMIT $4`,
        [consumer, status, after, limit],
      );
      return rows.map(toLetter);
    },
    async count({ consumer, status } = {}) {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM dead_letters WHERE ${filtered}`,
        [consumer, status],
      );
      return rows[0]?.count ?? 0;
    },
    async markReplayed(id) {
      const { rowCount } = await pool.query(
        "UPDATE dead_letters SET status = 'replayed' WHERE id = $1 AND status = 'open'",
        [id],
      );
      return rowCount === 1;
    },
  };
}
