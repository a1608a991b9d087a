/** The outbox as relays use it. */
import type { Pool } from 'pg';
import type { HeldRow } from './relay-queue.ts';
import { relaxedCommit } from './relaxed-commit.ts';
import { runTransaction } from './run-transaction.ts';

/** Claims and renewals exclude each other, so that no relay can claim a row behind one that is being renewed. */
const claimLock = 'event-store:outbox-claim';

const until = (parameter: string): string =>
  `clock_timestamp() + ${parameter}::double precision * interval '1 millisecond'`;

interface OutboxRow {
  readonly seq: string;
  readonly id: string;
  readonly aggregatetype: string;
  readonly aggregateid: string;
  readonly type: string;
  readonly payload: unknown;
  readonly traceparent: string | null;
  readonly created_at: Date;
  readonly earlier: string | null;
}

export interface Claim {
  readonly owner: string;
  readonly leaseMs: number;
  readonly limit: number;
  /** Topics that are left alone. */
  readonly except: readonly string[];
}

/** Rows nobody holds, in order, leaving out those behind a row that a living relay holds. */
export async function claimRows(pool: Pool, { owner, leaseMs, limit, except }: Claim): Promise<HeldRow[]> {
  const rows = await runTransaction(pool, [claimLock], async (client) => {
    const result = await client.query<OutboxRow>(
      `WITH free AS MATERIALIZED (
        SELECT seq FROM outbox AS candidate
        WHERE (leased_until IS NULL OR leased_until < clock_timestamp())
          AND aggregatetype <> ALL ($4::text[])
          AND NOT EXISTS (
            SELECT FROM outbox AS earlier
            WHERE earlier.aggregateid = candidate.aggregateid AND earlier.seq < candidate.seq
              AND earlier.leased_until >= clock_timestamp() AND earlier.owner <> $1)
        ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE outbox SET owner = $1, leased_until = ${until('$2')} FROM free WHERE outbox.seq = free.seq
      RETURNING outbox.seq::text, id, aggregatetype, aggregateid, type, payload, traceparent, created_at,
        (SELECT max(earlier.seq)::text FROM outbox AS earlier
          WHERE earlier.aggregateid = outbox.aggregateid AND earlier.seq < outbox.seq) AS earlier`,
      [owner, leaseMs, limit, except],
    );
    return result.rows;
  });
  return rows
    .map((row) => ({
      seq: row.seq,
      id: row.id,
      topic: row.aggregatetype,
      key: row.aggregateid,
      type: row.type,
      payload: row.payload,
      traceparent: row.traceparent ?? undefined,
      createdAt: row.created_at,
      earlierSeq: row.earlier ?? undefined,
    }))
    .toSorted((a, b) => Number(BigInt(a.seq) - BigInt(b.seq)));
}

/** Extends the leases of rows; returns those that are still this owner's. */
export async function renewLeases(
  pool: Pool,
  owner: string,
  seqs: readonly string[],
  leaseMs: number,
): Promise<Set<string>> {
  const rows = await runTransaction(pool, [claimLock], async (client) => {
    const result = await client.query<{ seq: string }>(
      `UPDATE outbox SET leased_until = ${until('$3')}
        WHERE seq = ANY($2::bigint[]) AND owner = $1 RETURNING seq::text`,
      [owner, seqs, leaseMs],
    );
    return result.rows;
  });
  return new Set(rows.map(({ seq }) => seq));
}

/** Gives back everything the owner holds, so that other relays need not wait for the leases to end. */
export async function releaseLeases(pool: Pool, owner: string): Promise<void> {
  await pool.query('UPDATE outbox SET owner = NULL, leased_until = NULL WHERE owner = $1', [owner]);
}

/** Planned each time, since the table may have been small before. A lost deletion only publishes again, so this commit need not wait for the disk. */
export async function deleteRows(pool: Pool, seqs: readonly string[]): Promise<void> {
  await pool.query({
    text: `WITH ${relaxedCommit}
      DELETE FROM outbox USING relaxed WHERE seq = ANY($1::bigint[])`,
    values: [seqs],
  });
}

export async function countAttempts(pool: Pool, seqs: readonly string[]): Promise<void> {
  await pool.query('UPDATE outbox SET attempts = attempts + 1 WHERE seq = ANY($1::bigint[])', [seqs]);
}

/** The first pending row of each key; keys without one are absent. */
export async function firstPending(pool: Pool, keys: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ key: string; seq: string }>({
    name: 'event-store:outbox-first',
    text: `SELECT wanted.key, pending.seq::text FROM unnest($1::text[]) AS wanted(key)
      CROSS JOIN LATERAL (
        SELECT seq FROM outbox WHERE aggregateid = wanted.key ORDER BY seq LIMIT 1) AS pending`,
    values: [keys],
  });
  return new Map(rows.map(({ key, seq }) => [key, seq]));
}

export interface OutboxDepth {
  readonly pending: number;
  /** 0 when nothing is pending. */
  readonly oldestAgeSeconds: number;
}

/** Of the whole table, whoever holds the rows. */
export async function readDepth(pool: Pool, now: Date): Promise<OutboxDepth> {
  const { rows } = await pool.query<{ pending: number; oldest: Date | null }>(
    'SELECT count(*)::integer AS pending, min(created_at) AS oldest FROM outbox',
  );
  const { pending = 0, oldest = null } = rows[0] ?? {};
  const age = oldest === null ? 0 : (now.getTime() - oldest.getTime()) / 1000;
  return { pending, oldestAgeSeconds: Math.max(0, age) };
}
