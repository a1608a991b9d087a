/** Writes everything a transaction has buffered in one statement. */
import { DatabaseError, type PoolClient } from 'pg';
import { arrayLiteral } from './array-literal.ts';
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
  /** Messages that must not have been handled before: one that has fails the transaction. */
  readonly inbox?: { readonly consumer: string; readonly messageIds: readonly string[] };
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
  /** What it tells, as one document: rows cost the driver more than what they hold. */
  readonly tells?: string;
  readonly values: readonly unknown[];
}

/** One document for a whole column: made, sent and read in one go. */
const jsonColumn = (values: readonly unknown[]): string =>
  JSON.stringify(values.map((value) => value ?? null));

function inboxPart({ consumer, messageIds }: NonNullable<Writes['inbox']>): Part {
  return {
    name: 'inbox',
    sql: `INSERT INTO inbox (consumer, message_id) SELECT $::text, id FROM unnest($::text[]) AS id`,
    values: [consumer, arrayLiteral(messageIds)],
  };
}

function basePart(bases: Writes['bases']): Part {
  return {
    name: 'missing',
    sql: `SELECT base.stream_id FROM unnest($::text[], $::integer[]) AS base(stream_id, version)
      LEFT JOIN LATERAL (
        SELECT true AS found FROM events
        WHERE events.stream_id = base.stream_id AND events.version = base.version LIMIT 1) AS event ON true
      WHERE event.found IS NULL`,
    tells: 'json_agg(stream_id)',
    values: [
      arrayLiteral(bases.map((base) => base.streamId)),
      arrayLiteral(bases.map((base) => base.version)),
    ],
  };
}

function eventPart(events: readonly Recorded[]): Part {
  return {
    name: 'appended',
    // Never ON CONFLICT DO NOTHING: a version that is taken must fail the transaction.
    sql: `INSERT INTO events (stream_id, version, event_id, type, schema_version, occurred_at, data, metadata)
      SELECT * FROM ROWS FROM (unnest($::text[], $::integer[], $::uuid[], $::text[], $::integer[], $::timestamptz[]),
        jsonb_array_elements($::jsonb), jsonb_array_elements($::jsonb))`,
    values: [
      arrayLiteral(events.map((event) => event.streamId)),
      arrayLiteral(events.map((event) => event.version)),
      arrayLiteral(events.map((event) => event.eventId)),
      arrayLiteral(events.map((event) => event.type)),
      arrayLiteral(events.map((event) => event.schemaVersion)),
      arrayLiteral(events.map((event) => event.occurredAt)),
      jsonColumn(events.map((event) => event.data)),
      jsonColumn(events.map((event) => event.metadata)),
    ],
  };
}

function earlierPart(outbox: readonly OutboxRecord[]): Part {
  return {
    name: 'earlier',
    sql: `SELECT wanted.key, pending.seq FROM unnest($::text[]) AS wanted(key)
      CROSS JOIN LATERAL (
        SELECT seq FROM outbox WHERE aggregateid = wanted.key ORDER BY seq DESC LIMIT 1) AS pending`,
    tells: 'json_object_agg(key, seq::text)',
    values: [arrayLiteral([...new Set(outbox.map((message) => message.key))])],
  };
}

function outboxPart(outbox: readonly OutboxRecord[], payloads: string, lease: OutboxLease | undefined): Part {
  return {
    name: 'queued',
    sql: `INSERT INTO outbox (owner, leased_until, id, aggregatetype, aggregateid, type, traceparent, created_at, payload)
      SELECT $::text, clock_timestamp() + $::double precision * interval '1 millisecond', message.*
      FROM ROWS FROM (unnest($::uuid[], $::text[], $::text[], $::text[], $::text[], $::timestamptz[]),
        jsonb_array_elements($::jsonb)) AS message
      RETURNING seq`,
    tells: 'json_agg(seq::text)',
    values: [
      lease?.owner ?? null,
      lease?.milliseconds ?? null,
      arrayLiteral(outbox.map((message) => message.id)),
      arrayLiteral(outbox.map((message) => message.topic)),
      arrayLiteral(outbox.map((message) => message.key)),
      arrayLiteral(outbox.map((message) => message.type)),
      arrayLiteral(outbox.map((message) => message.traceparent)),
      arrayLiteral(outbox.map((message) => message.createdAt)),
      payloads,
    ],
  };
}

function timerPart(timers: readonly TimerWrite[]): Part {
  return {
    name: 'set_timers',
    // Setting a timer again takes it away from whoever is firing it: leased_until is part of a firing's identity.
    sql: `INSERT INTO timers (stream_id, name, due_at, traceparent, payload)
      SELECT * FROM ROWS FROM (unnest($::text[], $::text[], $::timestamptz[], $::text[]),
        jsonb_array_elements($::jsonb))
      ON CONFLICT (stream_id, name) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload,
        traceparent = excluded.traceparent, leased_until = NULL, attempts = 0`,
    values: [
      arrayLiteral(timers.map((timer) => timer.streamId)),
      arrayLiteral(timers.map((timer) => timer.name)),
      arrayLiteral(timers.map((timer) => timer.dueAt)),
      arrayLiteral(timers.map((timer) => timer.traceparent)),
      jsonColumn(timers.map((timer) => timer.payload)),
    ],
  };
}

/** Timers of one name, since keys of two columns would be a join. */
function cancelPart(name: string, cancelled: readonly TimerKey[], index: number): Part {
  return {
    name: `cancelled_timers_${index}`,
    sql: `DELETE FROM timers WHERE name = $::text AND stream_id = ANY($::text[])`,
    values: [name, arrayLiteral(cancelled.map((timer) => timer.streamId))],
  };
}

function partsOf(writes: Writes, payloads: string, lease: OutboxLease | undefined): Part[] {
  const parts: Part[] = [];
  if (writes.inbox !== undefined && writes.inbox.messageIds.length > 0) parts.push(inboxPart(writes.inbox));
  if (writes.bases.length > 0) parts.push(basePart(writes.bases));
  if (writes.events.length > 0) parts.push(eventPart(writes.events));
  if (writes.outbox.length > 0)
    parts.push(earlierPart(writes.outbox), outboxPart(writes.outbox, payloads, lease));
  if (writes.timers.length > 0) parts.push(timerPart(writes.timers));
  const cancelled = Map.groupBy(writes.cancelled, (timer) => timer.name);
  parts.push(...[...cancelled].map(([name, own], index) => cancelPart(name, own, index)));
  return parts;
}

/** One prepared statement per combination of parts. Their initials differ; longer names the server would cut off. */
function statementOf(parts: readonly Part[]) {
  let parameter = 0;
  const tables = parts.map(({ name, sql }) => `${name} AS (${sql.replaceAll('$', () => `$${++parameter}`)})`);
  const names = parts.map(({ name }) => name);
  const selects = parts.flatMap(({ name, tells }) =>
    tells === undefined ? [] : `SELECT '${name}' AS name, ${tells} AS told FROM ${name}`,
  );
  return {
    name: `event-store:flush:${names.map(([initial]) => initial).join('')}`,
    text: `WITH ${tables.join(',\n')}\n${selects.length > 0 ? selects.join(' UNION ALL ') : 'SELECT WHERE false'}`,
    values: parts.flatMap(({ values }) => values),
  };
}

/** Absent or null where there is nothing to tell. */
interface Told {
  readonly missing?: readonly string[] | null;
  readonly earlier?: Readonly<Record<string, string>> | null;
  readonly queued?: readonly string[] | null;
}

type ToldRow = { readonly [K in keyof Told]-?: { readonly name: K; readonly told: Told[K] } }[keyof Told];

function queuedMessages(outbox: readonly OutboxRecord[], payloads: string, told: Told): QueuedMessage[] {
  // The same plain JSON that a relay would read from the table, shared with nobody.
  const stored = JSON.parse(payloads) as readonly unknown[];
  const seqs = told.queued ?? [];
  const earlier = new Map(Object.entries(told.earlier ?? {}));
  return outbox.map((message, index) => {
    const seq = seqs[index];
    if (seq === undefined) throw new Error(`outbox: ${outbox.length} rows written, ${seqs.length} returned`);
    const queued = { ...message, payload: stored[index], seq, earlierSeq: earlier.get(message.key) };
    earlier.set(message.key, seq);
    return queued;
  });
}

/** Resolves with the outbox rows and the numbers they were given. */
export type Flush = (client: PoolClient) => Promise<readonly QueuedMessage[]>;

/**
 * Throws here what cannot be written at all, such as a date that is none: a COMMIT that is sent along with the
 * statement would not be stopped by that.
 */
export function prepareFlush(writes: Writes, lease: OutboxLease | undefined): Flush {
  const payloads = jsonColumn(writes.outbox.map(({ payload }) => payload));
  const parts = partsOf(writes, payloads, lease);
  if (parts.length === 0) return async () => [];
  const statement = statementOf(parts);
  return async (client) => {
    try {
      const { rows } = await client.query<ToldRow>(statement);
      const told: Told = Object.fromEntries(rows.map((row) => [row.name, row.told]));
      const [missing] = told.missing ?? [];
      if (missing !== undefined) throw new ConcurrencyError(`stream ${missing} is shorter than expected`);
      return queuedMessages(writes.outbox, payloads, told);
    } catch (error) {
      if (error instanceof DatabaseError && error.constraint === 'events_pkey') {
        throw new ConcurrencyError(`stream is longer than expected: ${error.detail ?? ''}`, { cause: error });
      }
      throw error;
    }
  };
}
