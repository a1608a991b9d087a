/** A message on the wire: a CloudEvent in JSON, made here so that nothing of it is left to the sidecar. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Message } from '../ports.ts';

/**
 * Always carries the trace fields, empty where there is no trace: the sidecar fills in what is missing, with a
 * trace of its own.
 */
export function toCloudEvent(message: Message): Readonly<Record<string, unknown>> {
  const { id, topic, key, type, time, source, traceparent = '', data } = message;
  return {
    specversion: '1.0',
    id,
    type,
    source,
    subject: key,
    time,
    topic,
    traceparent,
    traceid: traceparent,
    tracestate: '',
    datacontenttype: 'application/json',
    data: data ?? null,
  };
}

/** By CloudEvents: a list of events in JSON. */
const BATCH = 'application/cloudevents-batch+json';

/** Several messages of a topic as the one event that a broker carries; `events` are theirs, in JSON. */
export function toEnvelope({ id, topic, time, source }: Message, events: readonly string[]): string {
  const head = {
    specversion: '1.0',
    id,
    type: 'batch',
    source,
    time,
    topic,
    traceparent: '',
    traceid: '',
    tracestate: '',
    datacontenttype: BATCH,
  };
  return `${JSON.stringify(head).slice(0, -1)},"data":[${events.join(',')}]}`;
}

const envelope = z.object({ datacontenttype: z.literal(BATCH), data: z.array(z.unknown()) });

/** The events that were delivered together, or the one that was delivered alone, whatever it is. */
export function eventsIn(delivered: unknown): readonly unknown[] {
  const event = unwrapped(delivered);
  return envelope.safeParse(event).data?.data ?? [event];
}

const cloudEvent = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  source: z.string().min(1),
  subject: z.string(),
  time: z.string().min(1),
  topic: z.string().min(1),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

/** Undefined for what is not a message of this platform. */
export function fromCloudEvent(event: unknown): Message | undefined {
  const parsed = cloudEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { subject: key, traceparent, ...rest } = parsed.data;
  return { ...rest, key, ...(traceparent && { traceparent }) };
}

export interface Salvaged {
  readonly message: Message;
  /** False: something strange, which is the data of the message. */
  readonly isOurs: boolean;
}

/**
 * Makes a message of anything, since a dead letter must be kept whatever it is: missing parts are `unknown`, and
 * the id of what has none follows from its content.
 */
export function salvage(event: unknown, now: Date): Salvaged {
  const message = fromCloudEvent(event);
  return message === undefined
    ? { message: messageOf(event, now), isOurs: false }
    : { message, isOurs: true };
}

function messageOf(event: unknown, now: Date): Message {
  const fields = z.record(z.string(), z.unknown()).safeParse(event).data ?? {};
  const text = (name: string, missing: string): string => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : missing;
  };
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(event) ?? '')
    .digest('hex');
  return {
    id: text('id', fingerprint),
    topic: text('topic', 'unknown'),
    key: text('subject', ''),
    type: text('type', 'unknown'),
    time: text('time', now.toISOString()),
    source: text('source', 'unknown'),
    data: event,
  };
}

/** What a raw subscription delivers: the payload in base64. */
const raw = z.object({ data_base64: z.string() });

function unwrapped(delivered: unknown): unknown {
  const wrapped = raw.safeParse(delivered);
  if (!wrapped.success) return delivered;
  const text = Buffer.from(wrapped.data.data_base64, 'base64').toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so the text itself is all there is to keep.
    return text;
  }
}
