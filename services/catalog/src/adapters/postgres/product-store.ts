/** Products as event streams, with the last state of each beside them. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import { CommitUnknownError, StoreUnavailableError } from '@ecommercestack/event-store';
import type { EventStore, Recorded, Transaction } from '@ecommercestack/event-store';
import { announcementOf } from '../../domain/announcement.ts';
import { evolve } from '../../domain/evolve.ts';
import { absent, skuOf, versionOf } from '../../domain/product.ts';
import { newestBySku } from '../../domain/newest.ts';
import type { KnownProduct, ProductEvent, ProductState, RecordedProductEvent } from '../../domain/product.ts';
import { batchedStreams } from '../batched-streams.ts';
import type { Append, Appended } from '../batched-streams.ts';
import type { ProductStore } from '../ports.ts';

const CATALOG_TOPIC = 'catalog.events';

interface ProductRow {
  readonly sku: string;
  readonly version: number;
  readonly document: ProductSnapshot | null;
}

export function createPostgresProductStore(store: EventStore): ProductStore {
  const states = async (skus: readonly string[]): Promise<Map<string, ProductState>> => {
    const { rows } = await store.pool.query<ProductRow>({
      name: 'catalog:states',
      text: 'SELECT sku, version, document FROM products WHERE sku = ANY($1::text[])',
      values: [skus],
    });
    const found = new Map<string, ProductState>(rows.map((row) => [row.sku, stateOf(row)]));
    return new Map(skus.map((sku) => [sku, found.get(sku) ?? absent]));
  };

  return {
    states,
    ...batchedStreams(
      { load: states, append: (appends) => appendAll(store, appends) },
      {
        isDivisible: (error) =>
          !(error instanceof StoreUnavailableError || error instanceof CommitUnknownError),
      },
    ),
    async history(sku, upTo) {
      const events = await store.load(streamOf(sku), upTo === undefined ? {} : { upTo });
      return events.map(productEventOf);
    },
    async scan(afterSku, limit) {
      const { rows } = await store.pool.query<ProductRow>(
        'SELECT sku, version, document FROM products WHERE $1::text IS NULL OR sku > $1 ORDER BY sku LIMIT $2',
        [afterSku ?? null, limit],
      );
      return rows.map(stateOf);
    },
    async size() {
      const { rows } = await store.pool.query<{ size: number }>(
        'SELECT count(*)::integer AS size FROM products',
      );
      return rows[0]?.size ?? 0;
    },
  };
}

function streamOf(sku: string): string {
  return `product-${sku}`;
}

/** In one transaction: those that come too late are left out of it. */
function appendAll(store: EventStore, appends: readonly Append[]): Promise<readonly Appended[]> {
  const streams = [...new Set(appends.map(({ sku }) => streamOf(sku)))];
  return store.transaction(streams, async (tx) => {
    await tx.versions(streams);
    const outcomes: Appended[] = [];
    for (const append of appends) outcomes.push(await appendOne(tx, append));
    await writeStates(
      tx,
      outcomes.filter(
        (outcome): outcome is KnownProduct => !(outcome === 'conflict' || outcome instanceof Error),
      ),
    );
    return outcomes;
  });
}

async function appendOne(tx: Transaction, append: Append): Promise<KnownProduct | 'conflict'> {
  const { sku, state, event, actor, traceparent } = append;
  const stream = streamOf(sku);
  const version = versionOf(state);
  // Known already, with what this transaction has appended: asks nothing.
  if ((await tx.versions([stream])).get(stream) !== version) return 'conflict';
  const trace = traceparent === undefined ? {} : { traceparent };
  const metadata = { actor, ...trace };
  const [recorded] =
    version === 0 ? tx.create(stream, [event], metadata) : tx.append(stream, version, [event], metadata);
  if (recorded === undefined) throw new Error('the event was not recorded');
  const after = evolve(state, productEventOf(recorded));
  const { type, data } = announcementOf(event, after);
  tx.within(trace, () => tx.publish([{ topic: CATALOG_TOPIC, key: sku, type, payload: data }]));
  return after;
}

/** Of several states of a product the newest: one statement may touch a row only once. */
async function writeStates(tx: Transaction, states: readonly KnownProduct[]): Promise<void> {
  const newest = newestBySku(states, skuOf, versionOf);
  if (newest.length === 0) return;
  await tx.client.query({
    name: 'catalog:write-states',
    text: `INSERT INTO products (sku, version, document)
      SELECT * FROM unnest($1::text[], $2::integer[], $3::jsonb[])
      ON CONFLICT (sku) DO UPDATE SET version = EXCLUDED.version, document = EXCLUDED.document
      WHERE products.version < EXCLUDED.version`,
    values: [
      newest.map(skuOf),
      newest.map(versionOf),
      newest.map((state) => (state.status === 'listed' ? JSON.stringify(state.product) : null)),
    ],
  });
}

function stateOf({ sku, version, document }: ProductRow): KnownProduct {
  return document === null ? { status: 'withdrawn', sku, version } : { status: 'listed', product: document };
}

/** Only this adapter appends to product streams, so that their events have the shape it wrote. */
function productEventOf({ type, data, version, occurredAt, metadata }: Recorded): RecordedProductEvent {
  const event = { type, data } as ProductEvent;
  const { actor } = metadata;
  return { ...event, version, occurredAt, ...(actor === undefined ? {} : { actor }) };
}
