import { createTestDatabase } from '@ecommercestack/event-store/testing';
import { migrateTables } from '@ecommercestack/kit';
import { channelContract } from '../spec/channel-contract.ts';
import { createMailbox } from './mailbox.ts';
import { tables } from './tables.ts';

channelContract('mailbox table', async () => {
  const database = await createTestDatabase();
  await migrateTables(tables, database.connectionString);
  return {
    channel: createMailbox(database.pool, () => new Date()),
    received: async () => {
      const { rows } = await database.pool.query<{ id: string; to: string; subject: string; body: string }>(
        `SELECT message_id AS id, recipient AS "to", subject, body FROM mailbox ORDER BY ctid`,
      );
      return rows;
    },
    breakDown: async () => void (await database.pool.query('ALTER TABLE mailbox RENAME TO gone')),
    repair: async () => void (await database.pool.query('ALTER TABLE gone RENAME TO mailbox')),
    close: () => database.drop(),
  };
});
