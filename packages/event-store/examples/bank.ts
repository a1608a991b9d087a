/**
 * A bank with durable accounts: `node examples/bank.ts postgres://…`.
 * Creates its tables in that database and prints what happens.
 */
import { Pool } from 'pg';
import {
  createDeciderProcessor,
  createEventStore,
  createProjection,
  createRelay,
  migrateEventStore,
  type Decider,
  type Envelope,
} from '../src/index.ts';

interface Transfer extends Envelope {
  readonly account: string;
  readonly amount: number;
}
type Moved = { readonly type: 'money-moved'; readonly data: { readonly amount: number } };
type Answer = { readonly accepted: boolean; readonly balance: number };

const account: Decider<Transfer, Moved, number, Answer> = {
  initialState: 0,
  decide({ account: key, amount }, balance) {
    if (balance + amount < 0) return { events: [], result: { accepted: false, balance } };
    return {
      events: [{ type: 'money-moved', data: { amount } }],
      messages: [
        {
          topic: 'accounts',
          key: `account-${key}`,
          type: 'balance-changed',
          payload: { balance: balance + amount },
        },
      ],
      result: { accepted: true, balance: balance + amount },
    };
  },
  evolve: (balance, { data }) => balance + data.amount,
};

const [, , connectionString] = process.argv;
if (connectionString === undefined) throw new Error('give the connection string of a database');
const print = (...words: string[]) => process.stdout.write(`${words.join(' ')}\n`);

await migrateEventStore(connectionString);
const pool = new Pool({ connectionString });
pool.on('error', (error) => process.emitWarning(error));
const store = createEventStore({ pool });

const relay = createRelay({
  store,
  publish(records) {
    for (const { key, payload } of records) print('published', key, JSON.stringify(payload));
    return Promise.resolve(records.map(() => 'published' as const));
  },
});
await relay.start();

const processor = createDeciderProcessor({
  store,
  consumer: 'bank',
  streamOf: ({ account: id }: Transfer) => `account-${id}`,
  decider: account,
});
const transfer = async (messageId: string, amount: number) =>
  print(messageId, JSON.stringify(await processor.submit({ messageId, account: 'ann', amount })));
await transfer('m1', 100);
await transfer('m2', -30);
await transfer('m2', -30);
await transfer('m3', -500);

await pool.query('CREATE TABLE IF NOT EXISTS totals (day date PRIMARY KEY, moved bigint NOT NULL)');
const totals = createProjection({
  store,
  name: 'totals',
  async apply(client, events) {
    for (const { occurredAt, data } of events) {
      await client.query(
        `INSERT INTO totals VALUES ($1, abs($2::bigint)) ON CONFLICT (day) DO UPDATE SET moved = totals.moved + abs($2)`,
        [occurredAt, (data as Moved['data']).amount],
      );
    }
  },
  async reset(client) {
    await client.query('DELETE FROM totals');
  },
});
await totals.rebuild();
await totals.catchUp();
const { rows } = await pool.query<{ moved: string }>('SELECT sum(moved)::text AS moved FROM totals');
print('moved in all', rows[0]?.moved ?? '0');
print('at version 1', JSON.stringify((await store.load('account-ann', { upTo: 1 })).map(({ data }) => data)));

await relay.stop();
await pool.end();
