/** What lies in MongoDB, and how it is read and written. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import type { KnownProduct, ProductEvent, RecordedProductEvent } from '../../domain/product.ts';

/** The names of attributes are the shop's: as field names, a dollar or a dot in them would mean something else. */
interface Attribute {
  readonly name: string;
  readonly value: string;
}
type WithAttributes = { readonly attributes?: Readonly<Record<string, string>> | undefined };
type Stored<T extends WithAttributes> = Omit<T, 'attributes'> & {
  readonly attributes?: readonly Attribute[] | undefined;
};

/** `product`: absent once withdrawn. */
export interface StoredState {
  readonly product?: Stored<ProductSnapshot>;
}

/**
 * One event, never changed but for the last three fields. Sharded by `sku`: all events of a product are on one shard,
 * so that `_id` is unique among them although each shard looks after its own documents only.
 */
export interface EventDocument {
  /** `<sku>:<version>`; a SKU has no colon. */
  readonly _id: string;
  readonly sku: string;
  readonly version: number;
  readonly type: ProductEvent['type'];
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
  readonly actor?: string;
  /** W3C trace context of the request that caused it. */
  readonly traceparent?: string;
  /** Where the product lies in `products`, see there. */
  readonly category: string;
  /** The fold up to here: a snapshot with every event, so that the present state is one read, whatever the history. */
  readonly after: StoredState;
  /** Since when it waits to be announced; absent once it has been. */
  readonly unannounced?: Date;
  /** The relay that is announcing it, and since when it was last heard of, by the clock of the server. */
  readonly claimedBy?: string;
  readonly claimedAt?: Date;
}

/** The last state of a product: derived from its events, and written after them. */
export interface ProductDocument extends StoredState {
  /** The SKU. */
  readonly _id: string;
  readonly version: number;
  /**
   * The category the product was created in, by which `products` is sharded. It never changes, as one event alone
   * creates a product: a document stays on its shard, and `_id` is unique although each shard looks after its own.
   */
  readonly category: string;
}

export function eventId(sku: string, version: number): string {
  return `${sku}:${version}`;
}

export interface Recording {
  readonly sku: string;
  readonly event: RecordedProductEvent;
  readonly after: KnownProduct;
  readonly category: string;
  readonly traceparent: string | undefined;
}

export function eventDocument({ sku, event, after, category, traceparent }: Recording): EventDocument {
  const { type, version, occurredAt, actor } = event;
  return {
    _id: eventId(sku, version),
    sku,
    version,
    type,
    data: storedData(event),
    occurredAt,
    ...(actor === undefined ? {} : { actor }),
    ...(traceparent === undefined ? {} : { traceparent }),
    category,
    after: storedState(after),
    unannounced: occurredAt,
  };
}

/** Only this adapter writes events, so that they have the shape it gave them. */
export function recordedEvent({
  type,
  data,
  version,
  occurredAt,
  actor,
}: EventDocument): RecordedProductEvent {
  const event = { type, data: dataOf(type, data) } as ProductEvent;
  return { ...event, version, occurredAt, ...(actor === undefined ? {} : { actor }) };
}

export function stateOf(sku: string, version: number, { product }: StoredState): KnownProduct {
  return product === undefined
    ? { status: 'withdrawn', sku, version }
    : { status: 'listed', product: restored(product) };
}

function storedState(state: KnownProduct): StoredState {
  return state.status === 'listed' ? { product: stored(state.product) } : {};
}

function storedData(event: ProductEvent): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'product-created':
      return { product: stored(event.data.product) };
    case 'product-updated':
      return { changes: stored(event.data.changes) };
    case 'product-deleted':
      return {};
  }
}

function dataOf(type: ProductEvent['type'], data: Readonly<Record<string, unknown>>): unknown {
  const field = type === 'product-created' ? 'product' : 'changes';
  return type === 'product-deleted' ? {} : { [field]: restored(data[field] as Stored<WithAttributes>) };
}

function stored<T extends WithAttributes>({ attributes, ...fields }: T): Stored<T> {
  if (attributes === undefined) return fields;
  return { ...fields, attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })) };
}

function restored<T extends WithAttributes>({ attributes, ...fields }: Stored<T>): T {
  const pairs = attributes?.map(({ name, value }) => [name, value] as const);
  return { ...fields, ...(pairs === undefined ? {} : { attributes: Object.fromEntries(pairs) }) } as T;
}
