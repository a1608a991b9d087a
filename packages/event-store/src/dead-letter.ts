/** A dead letter, and the rows it is read from. */
import { createHash } from 'node:crypto';

/** The parts of a message by which it is found again. */
export interface DeadMessage {
  readonly id: string;
  readonly topic: string;
  readonly type: string;
}

export interface DeadLetter<M> {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly type: string;
  readonly messageId: string;
  /** What a replay hands to the consumer. */
  readonly message: M;
  /** As it came, where somebody has edited it since. */
  readonly original?: M;
  /** Of the last failure. */
  readonly reason: string;
  /** The reason without ids, times and numbers. */
  readonly pattern: string;
  /** Deliveries in all. */
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly status: 'open' | 'replayed' | 'discarded';
  /** Counts the changes from 1. */
  readonly version: number;
}

export interface DeadLetterFilter {
  readonly consumer?: string | undefined;
  readonly status?: DeadLetter<unknown>['status'] | undefined;
  readonly type?: string | undefined;
  /** Text that the reason contains, in any case. */
  readonly reason?: string | undefined;
  /** The whole pattern. */
  readonly pattern?: string | undefined;
}

export interface LetterRow<M> {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly type: string;
  readonly message_id: string;
  readonly message: M;
  readonly original: M | null;
  readonly reason: string;
  readonly pattern: string;
  readonly attempts: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly status: DeadLetter<M>['status'];
  readonly version: number;
}

export const LETTER_COLUMNS = `id::text, consumer, topic, type, message_id, message, original, reason, pattern,
  attempts, first_at, last_at, status, version`;

/** Takes `filterValues` as its first five parameters. */
export const FILTERED = `($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR status = $2)
  AND ($3::text IS NULL OR type = $3) AND ($4::text IS NULL OR strpos(lower(reason), lower($4)) > 0)
  AND ($5::text IS NULL OR pattern = $5)`;

export function filterValues({ consumer, status, type, reason, pattern }: DeadLetterFilter): unknown[] {
  return [consumer, status, type, reason, pattern];
}

export function toLetter<M>(row: LetterRow<M>): DeadLetter<M> {
  const { message_id: messageId, first_at: firstAt, last_at: lastAt, original, ...rest } = row;
  return { ...rest, messageId, firstAt, lastAt, ...(original !== null && { original }) };
}

const MAX_TEXT = 4_000;

/** Of an id that is a key of an index. */
const MAX_ID = 500;

/** What PostgreSQL cannot store is replaced. */
function wellFormed(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** An error's text may be long, or hold what PostgreSQL cannot store; it must not keep a letter from being kept. */
export function storable(text: string): string {
  return wellFormed(text.slice(0, MAX_TEXT));
}

/** The same for a whole message, as JSON of any length. */
export function storableJson(message: unknown): string {
  return JSON.stringify(message, (_name, value: unknown) => {
    if (typeof value === 'string') return wellFormed(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [wellFormed(name), part]));
  });
}

/** The same for an id, which stays what it is as far as it can be a key. */
export function storableId(id: string): string {
  return id.length > MAX_ID ? createHash('sha256').update(id).digest('hex') : wellFormed(id);
}
