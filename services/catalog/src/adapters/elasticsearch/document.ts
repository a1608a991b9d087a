/** A product and its stock level as one document, so that one query can ask for both. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import type { StockLevel } from '../../domain/announcement.ts';
import { fold } from '../../domain/fold.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';

export interface ProductDocument {
  readonly sku: string;
  readonly version: number;
  readonly listed: boolean;
  readonly product?: ProductSnapshot;
  readonly attributes?: readonly string[];
  readonly sortName?: string;
  readonly createdMs?: number;
  readonly suggest?: { readonly input: readonly string[] };
  readonly available?: number;
  readonly stockVersion?: number;
}

export interface Versioned {
  readonly sku: string;
  /** External version: a newer product comes before a newer stock level. */
  readonly version: number;
  readonly document: ProductDocument;
}

/** Room for the versions of stock levels below that of the product; together they stay below 2⁵³. */
const STOCK_VERSIONS = 2 ** 31;

const SORT_NAME_LENGTH = 60;

export function documentOf(state: KnownProduct, level: StockLevel | undefined): Versioned {
  const [sku, version] = [skuOf(state), versionOf(state)];
  const fields = state.status === 'listed' ? searchable(state.product) : {};
  return withLevel({ sku, version, listed: state.status === 'listed', ...fields }, level);
}

/** The same product with another stock level. */
export function withLevel(document: ProductDocument, level: StockLevel | undefined): Versioned {
  const stock = level === undefined ? {} : { available: level.available, stockVersion: level.version };
  return {
    sku: document.sku,
    version: document.version * STOCK_VERSIONS + (level?.version ?? 0),
    document: { ...document, ...stock },
  };
}

function searchable(product: ProductSnapshot): Partial<ProductDocument> {
  return {
    product,
    attributes: Object.values(product.attributes),
    sortName: Array.from(fold(product.name)).slice(0, SORT_NAME_LENGTH).join(''),
    createdMs: Date.parse(product.createdAt),
    suggest: { input: [...beginnings(product.name)] },
  };
}

/** The name from each of its words on: a shopper may begin with any of them. */
function beginnings(name: string): ReadonlySet<string> {
  const words = name.split(/[^\p{L}\p{M}\p{Nd}]+/u).filter((word) => word !== '');
  return new Set(words.map((_, at) => words.slice(at).join(' ')));
}
