/** Products as event streams, with the last state of each beside them. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import { ConcurrencyError } from '@ecommercestack/event-store';
import type { EventStore, Recorded, Transaction } from '@ecommercestack/event-store';
import { announcementOf } from '../../domain/announcement.ts';
import { evolve } from '../../domain/evolve.ts';
import { absent, skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct, ProductEvent, ProductState, RecordedProductEvent } from '../../domain/product.ts';
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
    load: async (sku) => (await states([sku])).get(sku) ?? absent,
    async append(sku, state, event, { actor }) {
      const stream = streamOf(sku);
      try {
        return await store.transaction([stream], async (tx) => {
          const version = versionOf(state);
          const recorded =
            version === 0
              ? tx.create(stream, [event], { actor })
              : tx.append(stream, version, [event], { actor });
          const [only] = recorded;
          if (only === undefined) throw new Error('the event was not recorded');
          return writeState(tx, sku, state, productEventOf(only));
        });
      } catch (error) {
        if (error instanceof ConcurrencyError) return 'conflict';
        throw error;
      }
    },
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

/** Announces the event with the state it led to, and keeps that. */
async function writeState(
  tx: Transaction,
  sku: string,
  before: ProductState,
  event: RecordedProductEvent,
): Promise<KnownProduct> {
  const state = evolve(before, event);
  const { type, data } = announcementOf(event, state);
  tx.publish([{ topic: CATALOG_TOPIC, key: sku, type, payload: data }]);
  const document = state.status === 'listed' ? JSON.stringify(state.product) : null;
  await tx.client.query({
    name: 'catalog:write-state',
    text: `INSERT INTO products (sku, version, document) VALUES ($1, $2, $3)
      ON CONFLICT (sku) DO UPDATE SET version = EXCLUDED.version, document = EXCLUDED.document
      WHERE products.version < EXCLUDED.version`,
    values: [skuOf(state), versionOf(state), document],
  });
  return state;
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
