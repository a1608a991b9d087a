/** Writes everything a transaction has buffered in one statement. */
import { DatabaseError, type PoolClient } from 'pg';
import { ConcurrencyError } from './errors.ts';
import type { OutboxRecord, QueuedMessage, Recorded, TimerKey, TimerRequest } from './types.ts';

export interface TimerWrite extends TimerRequest {
  readonly traceparent: string | undefined;
}

/** Which relay of this process holds new outbox rows from the start; undefined where none runs. */
export interface OutboxLease {
  readonly owner: string;
  readonly milliseconds: number;
}

export interface Writes {
  readonly events: readonly Recorded[];
  /** Versions that appends build on and that nobody in this transaction has seen. */
  readonly bases: readonly { readonly streamId: string; readonly version: number }[];
  readonly outbox: readonly OutboxRecord[];
  readonly timers: readonly TimerWrite[];
  readonly cancelled: readonly TimerKey[];
}

interface Part {
  readonly name: string;
  /** The common table expression; `$` stands for the next parameter. */
  readonly sql: string;
  /** What it tells: rows of (kind, key, seq). */
  readonly select?: string;
  readonly values: readonly unknown[];
}

const json = (value: unknown): string => JSON.stringify(value ?? null);

function basePart(bases: Writes['bases']): Part {
  return {
    name: 'missing',
    sql: `SELECT base.stream_id FROM unnest($::text[], $::integer[]) AS base(stream_id, version)
      LEFT JOIN LATERAL (
        SELECT true AS found FROM events
        WHERE events.stream_id = base.stream_id AND events.version = base.version LIMIT 1) AS event ON true
      WHERE event.found IS NULL`,
    select: `SELECT 'missing' AS kind, stream_id AS key, NULL::text AS seq FROM missing`,
    values: [bases.map((base) => base.streamId), bases.map((base) => base.version)],
  };
}

function eventPart(events: readonly Recorded[]): Part {
  return {
    name: 'appended',
    // Never ON CONFLICT DO NOTHING: a version that is taken must fail the transaction.
    sql: `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
      SELECT * FROM unnest($::text[], $::integer[], $::uuid[], $::text[], $::integer[], $::jsonb[], $::jsonb[],
        $::timestamptz[])`,
    values: [
      events.map((event) => event.streamId),
      events.map((event) => event.version),
      events.map((event) => event.eventId),
      events.map((event) => event.type),
      events.map((event) => event.schemaVersion),
      events.map((event) => json(event.data)),
      events.map((event) => json(event.metadata)),
      events.map((event) => event.occurredAt),
    ],
  };
}

function earlierPart(outbox: readonly OutboxRecord[]): Part {
  return {
    name: 'earlier',
    sql: `SELECT wanted.key, pending.seq FROM unnest($::text[]) AS wanted(key)
      CROSS JOIN LATERAL (
        SELECT seq FROM outbox WHERE aggregateid = wanted.key ORDER BY seq DESC LIMIT 1) AS pending`,
    select: `SELECT 'earlier' AS kind, key, seq::text FROM earlier`,
    values: [[...new Set(outbox.map((message) => message.key))]],
  };
}

function outboxPart(outbox: readonly OutboxRecord[], lease: OutboxLease | undefined): Part {
  return {
    name: 'queued',
    sql: `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, traceparent, created_at, owner, leased_until)
      SELECT message.*, $::text, clock_timestamp() + $::double precision * interval '1 millisecond'
      FROM unnest($::uuid[], $::text[], $::text[], $::text[], $::jsonb[], $::text[], $::timestamptz[]) AS message
      RETURNING seq`,
    select: `SELECT 'queued' AS kind, NULL AS key, seq::text FROM queued`,
    values: [
      lease?.owner ?? null,
      lease?.milliseconds ?? null,
      outbox.map((message) => message.id),
      outbox.map((message) => message.topic),
      outbox.map((message) => message.key),
      outbox.map((message) => message.type),
      outbox.map((message) => json(message.payload)),
      outbox.map((message) => message.traceparent),
      outbox.map((message) => message.createdAt),
    ],
  };
}

function timerPart(timers: readonly TimerWrite[]): Part {
  return {
    name: 'set_timers',
    // Setting a timer again takes it away from whoever is firing it: leased_until is part of a firing's identity.
    sql: `INSERT INTO timers (stream_id, name, due_at, payload, traceparent)
      SELECT * FROM unnest($::text[], $::text[], $::timestamptz[], $::jsonb[], $::text[])
      ON CONFLICT (stream_id, name) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload,
        traceparent = excluded.traceparent, leased_until = NULL, attempts = 0`,
    values: [
      timers.map((timer) => timer.streamId),
      timers.map((timer) => timer.name),
      timers.map((timer) => timer.dueAt),
      timers.map((timer) => json(timer.payload)),
      timers.map((timer) => timer.traceparent),
    ],
  };
}

function cancelPart(cancelled: readonly TimerKey[]): Part {
  return {
    name: 'cancelled_timers',
    sql: `DELETE FROM timers USING unnest($::text[], $::text[]) AS cancelled(stream_id, name)
      WHERE timers.stream_id = cancelled.stream_id AND timers.name = cancelled.name`,
    values: [cancelled.map((timer) => timer.streamId), cancelled.map((timer) => timer.name)],
  };
}

function partsOf(writes: Writes, lease: OutboxLease | undefined): Part[] {
  const parts: Part[] = [];
  if (writes.bases.length > 0) parts.push(basePart(writes.bases));
  if (writes.events.length > 0) parts.push(eventPart(writes.events));
  if (writes.outbox.length > 0) parts.push(earlierPart(writes.outbox), outboxPart(writes.outbox, lease));
  if (writes.timers.length > 0) parts.push(timerPart(writes.timers));
  if (writes.cancelled.length > 0) parts.push(cancelPart(writes.cancelled));
  return parts;
}

/**
 * One prepared statement per combination of parts. Cancelling timers is planned each time: a plan made while that
 * table was small would read all of it for ever.
 */
function statementOf(parts: readonly Part[]) {
  let parameter = 0;
  const tables = parts.map(({ name, sql }) => `${name} AS (${sql.replaceAll('$', () => `$${++parameter}`)})`);
  const names = parts.map(({ name }) => name);
  const selects = parts.flatMap(({ select }) => select ?? []);
  return {
    ...(names.includes('cancelled_timers') ? {} : { name: `event-store:flush:${names.join('+')}` }),
    text: `WITH ${tables.join(',\n')}\n${selects.length > 0 ? selects.join(' UNION ALL ') : 'SELECT WHERE false'}`,
    values: parts.flatMap(({ values }) => values),
  };
}

interface Told {
  readonly kind: 'missing' | 'earlier' | 'queued';
  readonly key: string;
  readonly seq: string;
}

function queuedMessages(outbox: readonly OutboxRecord[], told: readonly Told[]): QueuedMessage[] {
  const seqs = told.filter(({ kind }) => kind === 'queued').map(({ seq }) => seq);
  const earlier = new Map(told.filter(({ kind }) => kind === 'earlier').map(({ key, seq }) => [key, seq]));
  return outbox.map((message, index) => {
    const seq = seqs[index];
    if (seq === undefined) throw new Error(`outbox: ${outbox.length} rows written, ${seqs.length} returned`);
    // The same plain JSON that a relay would read from the table, shared with nobody.
    const payload: unknown = JSON.parse(json(message.payload));
    const queued = { ...message, payload, seq, earlierSeq: earlier.get(message.key) };
    earlier.set(message.key, seq);
    return queued;
  });
}

/** Returns the outbox rows with the numbers they were given. */
export async function flush(
  client: PoolClient,
  writes: Writes,
  lease: OutboxLease | undefined,
): Promise<readonly QueuedMessage[]> {
  const parts = partsOf(writes, lease);
  if (parts.length === 0) return [];
  try {
    const { rows } = await client.query<Told>(statementOf(parts));
    const missing = rows.find(({ kind }) => kind === 'missing');
    if (missing !== undefined) throw new ConcurrencyError(`stream ${missing.key} is shorter than expected`);
    return queuedMessages(writes.outbox, rows);
  } catch (error) {
    if (error instanceof DatabaseError && error.constraint === 'events_pkey') {
      throw new ConcurrencyError(`stream is longer than expected: ${error.detail ?? ''}`, { cause: error });
    }
    throw error;
  }
}
