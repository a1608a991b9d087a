import type { Channel, Preferences } from '@ecommercestack/contracts';
import type { Pool, PoolClient } from 'pg';
import type { PreferenceSet } from '../notification.ts';
import { channels } from '../notification.ts';

interface Row {
  readonly customer_id: string;
  readonly channel: Channel;
  readonly enabled: boolean;
  readonly address: string | null;
}

/** Where a customer without an address of their own is told. */
function defaultAddress(customerId: string, channel: Channel): string {
  const name = customerId.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return channel === 'email' ? `${name}@customers.example` : `${channel}:${name}`;
}

/** For each customer asked for; without a choice of their own every channel is on. */
export async function readPreferences(
  client: Pool | PoolClient,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, PreferenceSet>> {
  const { rows } = await client.query<Row>({
    text: 'SELECT * FROM preferences WHERE customer_id = ANY($1::text[])',
    values: [customerIds],
  });
  const chosen = new Map(rows.map((row) => [`${row.channel} ${row.customer_id}`, row]));
  const preference = (customerId: string, channel: Channel) => {
    const row = chosen.get(`${channel} ${customerId}`);
    return { enabled: row?.enabled ?? true, address: row?.address ?? defaultAddress(customerId, channel) };
  };
  return new Map(
    customerIds.map((id) => [
      id,
      { email: preference(id, 'email'), sms: preference(id, 'sms'), push: preference(id, 'push') },
    ]),
  );
}

export async function readPreferencesOf(pool: Pool, customerId: string): Promise<PreferenceSet> {
  const found = (await readPreferences(pool, [customerId])).get(customerId);
  if (found === undefined) throw new Error(`no preferences were read for ${customerId}`);
  return found;
}

/** Returns them as they count from now on. */
export async function writePreferences(
  pool: Pool,
  customerId: string,
  preferences: Preferences,
): Promise<PreferenceSet> {
  await pool.query(
    `INSERT INTO preferences (customer_id, channel, enabled, address)
      SELECT $1, * FROM unnest($2::text[], $3::boolean[], $4::text[])
      ON CONFLICT (customer_id, channel) DO UPDATE SET enabled = excluded.enabled, address = excluded.address`,
    [
      customerId,
      channels,
      channels.map((channel) => preferences[channel].enabled),
      channels.map((channel) => preferences[channel].address ?? null),
    ],
  );
  return readPreferencesOf(pool, customerId);
}
