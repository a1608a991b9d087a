/** Event rows as they are stored, and their way to the newest schema version. */
import type { EventMetadata, Positioned, Recorded } from './types.ts';

/** Turns the data of schema version n into that of n + 1. Pure. */
export type Upcaster = (data: unknown) => unknown;

/** Per event type: the step from version 1 to 2 first, then 2 to 3, and so on. Stored events are never rewritten. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

export interface EventRow {
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  readonly occurred_at: Date;
}

export interface PositionedRow extends EventRow {
  readonly transaction_id: string;
  readonly global_position: string;
}

/** A version newer than the chain knows is passed through: an old process beside a new one must keep reading. */
export function toRecorded(row: EventRow, upcasters: Upcasters): Recorded {
  const chain = Object.hasOwn(upcasters, row.type) ? (upcasters[row.type] ?? []) : [];
  const pending = chain.slice(row.schema_version - 1);
  return {
    streamId: row.stream_id,
    version: row.version,
    eventId: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version + pending.length,
    data: pending.reduce((data, upcast) => upcast(data), row.data),
    metadata: row.metadata,
    occurredAt: row.occurred_at,
  };
}

export function toPositioned(row: PositionedRow, upcasters: Upcasters): Positioned {
  return {
    ...toRecorded(row, upcasters),
    position: { transactionId: row.transaction_id, globalPosition: row.global_position },
  };
}
