/** Order events in, one row per channel out, in the transaction that remembers the message. */
import type { Channel } from '@ecommercestack/contracts';
import { createProcessor, unhurried } from '@ecommercestack/event-store';
import type { EventStore, Processor, ProcessorHooks } from '@ecommercestack/event-store';
import type { PoolClient } from 'pg';
import type { Occasion, PreferenceSet } from '../notification.ts';
import { channels, notificationId } from '../notification.ts';
import type { KeyedMessage, MessageChannel, OrderMessage, Registered } from '../ports.ts';
import { readPreferences } from './preferences-table.ts';

export interface RegisterOptions {
  readonly store: EventStore;
  /** Those that the shop uses. On the others nothing is sent, and the row says so. */
  readonly channels: ReadonlyMap<Channel, MessageChannel>;
  readonly textOf: (
    occasion: Occasion,
    channel: Channel,
  ) => { readonly subject: string; readonly body: string };
  readonly hooks?: ProcessorHooks;
}

interface NewRow extends Registered {
  readonly id: string;
  readonly occasion: Occasion;
  readonly address: string;
  readonly reason: string | null;
}

export function createRegisterProcessor(
  options: RegisterOptions,
): Processor<OrderMessage, readonly Registered[]> {
  const { store, channels: used, hooks } = options;
  return createProcessor<OrderMessage, readonly Registered[], ReadonlyMap<string, PreferenceSet>>({
    store,
    consumer: 'notification',
    rest: unhurried,
    streams: ({ occasion }) => [`notification-${occasion.orderId}`],
    prefetch: (client, messages) =>
      readPreferences(client, [...new Set(messages.map(({ occasion }) => occasion.customerId))]),
    async handle(tx, messages, preferences) {
      const rows = messages.map(({ occasion }) =>
        rowsOf(occasion, preferences.get(occasion.customerId), used),
      );
      const inserted = await insertRows(tx.client, uniqueRows(rows.flat()), store.now());
      tx.defer((client) => post(client, [...inserted], options));
      return rows.map((own) => own.filter((row) => inserted.has(row)));
    },
    ...(hooks && { hooks }),
  });
}

function rowsOf(
  occasion: Occasion,
  preferences: PreferenceSet | undefined,
  used: RegisterOptions['channels'],
): readonly NewRow[] {
  if (preferences === undefined) throw new Error(`no preferences were read for ${occasion.customerId}`);
  return channels.map((channel) => {
    const { enabled, address } = preferences[channel];
    const row = { id: notificationId(occasion, channel), occasion, channel, address };
    const way = used.get(channel);
    if (way === undefined)
      return { ...row, status: 'suppressed', reason: 'the shop does not use this channel' };
    if (!enabled) return { ...row, status: 'suppressed', reason: 'switched off by the customer' };
    return { ...row, status: way.post === undefined ? 'pending' : 'sent', reason: null };
  });
}

/** Delivers what is as good as sent, in the transaction that says so. */
async function post(
  client: PoolClient,
  rows: readonly NewRow[],
  { channels: used, textOf }: RegisterOptions,
): Promise<void> {
  const letterOf = ({ id: key, occasion, channel, address: to }: NewRow): KeyedMessage => {
    const { orderId, customerId } = occasion;
    return { key, message: { orderId, customerId, channel, to, ...textOf(occasion, channel) } };
  };
  const sent = Map.groupBy(
    rows.filter(({ status }) => status === 'sent'),
    ({ channel }) => used.get(channel)?.post,
  );
  await Promise.all([...sent].map(async ([take, own]) => take?.(client, own.map(letterOf))));
}

function uniqueRows(rows: readonly NewRow[]): readonly NewRow[] {
  return [...new Map(rows.toReversed().map((row) => [row.id, row])).values()];
}

/** Returns the rows that were not there before: the same event under another message id changes nothing. */
async function insertRows(
  client: PoolClient,
  rows: readonly NewRow[],
  now: Date,
): Promise<ReadonlySet<NewRow>> {
  const inserted = await client.query<{ id: string }>({
    name: 'notification:register',
    text: `INSERT INTO notifications (notification_id, order_id, customer_id, event, channel, amount, currency,
        order_reason, address, status, reason, due_at, created_at, sent_at, attempts)
      SELECT new.*, CASE WHEN new.status = 'pending' THEN $12::timestamptz END, $12::timestamptz,
        CASE WHEN new.status = 'sent' THEN $12::timestamptz END, CASE WHEN new.status = 'sent' THEN 1 ELSE 0 END
      FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[])
        AS new(id, order_id, customer_id, event, channel, amount, currency, order_reason, address, status, reason)
      ON CONFLICT DO NOTHING RETURNING notification_id AS id`,
    values: [
      rows.map(({ id }) => id),
      rows.map(({ occasion }) => occasion.orderId),
      rows.map(({ occasion }) => occasion.customerId),
      rows.map(({ occasion }) => occasion.event),
      rows.map(({ channel }) => channel),
      rows.map(({ occasion }) => occasion.total.amount),
      rows.map(({ occasion }) => occasion.total.currency),
      rows.map(({ occasion }) => occasion.reason ?? null),
      rows.map(({ address }) => address),
      rows.map(({ status }) => status),
      rows.map(({ reason }) => reason),
      now,
    ],
  });
  const ids = new Set(inserted.rows.map(({ id }) => id));
  return new Set(rows.filter(({ id }) => ids.has(id)));
}
