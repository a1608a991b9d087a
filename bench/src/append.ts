/** B1: one event of about 290 bytes to a fresh stream, created, durable. */
import {
  createEventStore,
  createProcessor,
  migrateEventStore,
  type Envelope,
} from '@ecommercestack/event-store';
import pg from 'pg';
import { closedLoop, type Sample } from './measure.ts';

export interface AppendOptions {
  readonly connectionString: string;
  readonly concurrency: number;
  readonly seconds: number;
}

const data = { note: 'x'.repeat(270) };

/** `single`: a transaction per append. `batched`: appends that arrive together share one. */
export async function benchAppend(options: AppendOptions, mode: 'single' | 'batched'): Promise<Sample> {
  await migrateEventStore({ connectionString: options.connectionString });
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: Math.min(16, options.concurrency),
  });
  pool.on('error', (error) => console.error(error));
  const store = createEventStore({ pool });
  const run = crypto.randomUUID();
  const event = { type: 'noted', data };
  const processor = createProcessor<Envelope & { readonly streamId: string }, undefined>({
    store,
    consumer: 'bench',
    streams: ({ streamId }) => [streamId],
    handle: async (tx, messages) => {
      for (const { streamId } of messages) tx.create(streamId, [event]);
      return messages.map(() => undefined);
    },
  });
  try {
    return await closedLoop({
      ...options,
      operation: async (index) => {
        const streamId = `bench-${run}-${index}`;
        if (mode === 'batched') await processor.submit({ streamId });
        else await store.transaction([streamId], async (tx) => void tx.create(streamId, [event]));
      },
    });
  } finally {
    await processor.drain();
    await pool.end();
  }
}
