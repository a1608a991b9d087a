/** The read side in memory, for specs: equal to the others by the contract suite, which asks for no stemming. */
import type { ProductSnapshot } from '@ecommercestack/contracts';
import { fold } from '../../domain/fold.ts';
import { withStock } from '../../domain/announcement.ts';
import type { StockLevel } from '../../domain/announcement.ts';
import { skuOf, versionOf } from '../../domain/product.ts';
import type { KnownProduct } from '../../domain/product.ts';
import type { FoundPage, FoundProduct, PageRequest, Sort, Suggestion } from '../../domain/search.ts';
import type { ProductPages, RebuildOptions } from '../../features/project-products/ports.ts';
import type { SearchIndex } from '../ports.ts';
import { matches, nameBegins, relevance } from './matching.ts';
import { summariseProducts } from './summary.ts';

type Documents = Map<string, KnownProduct>;

interface Building {
  readonly documents: Documents;
  scannedTo: string | undefined;
  products: number;
}

export function createMemorySearchIndex(): SearchIndex {
  let current: Documents = new Map();
  /** Left behind by a rebuild that failed, to be resumed or dropped by the next. */
  let building: Building | undefined;
  let rebuilding = false;
  const levels = new Map<string, StockLevel>();
  const available = (sku: string) => levels.get(sku)?.available ?? 0;
  const listed = () =>
    [...current.values()].flatMap((state) => (state.status === 'listed' ? [state.product] : []));

  return {
    apply: async (states) => {
      for (const documents of building === undefined ? [current] : [current, building.documents])
        put(documents, states);
    },
    applyStock: async (changes) => {
      const newer = changes.filter((level) => {
        const isNewer = level.version > (levels.get(level.sku)?.version ?? 0);
        if (isNewer) levels.set(level.sku, level);
        return isNewer;
      });
      return new Set(newer.map(({ sku }) => sku));
    },
    rebuild: async (scan, { resume = false, onPage } = {}) => {
      if (rebuilding) throw new Error('the search index is already being rebuilt');
      rebuilding = true;
      try {
        if (!resume) building = undefined;
        building ??= { documents: new Map(), scannedTo: undefined, products: 0 };
        await fill(building, scan, onPage);
        current = building.documents;
        building = undefined;
      } finally {
        rebuilding = false;
      }
    },
    rollBack: async () => false,
    page: async (request) => {
      const matching = listed().filter((product) =>
        matches(product, request.filters, available(product.sku)),
      );
      return cut(
        matching.map((product) => ({
          product: withStock(product, levels.get(product.sku)),
          position: { key: keyOf(product, request), sku: product.sku },
        })),
        request,
      );
    },
    summary: async (filters) =>
      summariseProducts(
        listed().map((product) => ({ ...product, available: available(product.sku) })),
        filters,
      ),
    suggest: async (text, limit) => suggestionsAmong(listed(), text).slice(0, limit),
    versions: async (skus) => present(skus, (sku) => versionIn(current, sku)),
    range: async (afterSku, upToSku, limit) => {
      const within = [...current.keys()].filter(
        (sku) => (afterSku === undefined || sku > afterSku) && (upToSku === undefined || sku <= upToSku),
      );
      return present(within.toSorted(order).slice(0, limit), (sku) => versionIn(current, sku));
    },
    count: async () => listed().length,
    stockLevels: async (skus) => present(skus, (sku) => levels.get(sku)),
  };
}

function suggestionsAmong(products: readonly ProductSnapshot[], text: string): readonly Suggestion[] {
  const named = products.filter(({ name }) => nameBegins(name, text));
  return named
    .toSorted((a, b) => order(a.sku, b.sku))
    .map(({ sku, name, category }) => ({ sku, name, category }));
}

async function fill(building: Building, scan: ProductPages, onPage: RebuildOptions['onPage']): Promise<void> {
  for await (const page of scan(building.scannedTo)) {
    put(building.documents, page);
    const last = page.at(-1);
    if (last !== undefined) building.scannedTo = skuOf(last);
    building.products += page.length;
    onPage?.(building.products);
  }
}

function put(documents: Documents, states: readonly KnownProduct[]): void {
  for (const state of states) {
    if ((versionIn(documents, skuOf(state)) ?? 0) < versionOf(state)) documents.set(skuOf(state), state);
  }
}

function versionIn(documents: Documents, sku: string): number | undefined {
  const held = documents.get(sku);
  return held === undefined ? undefined : versionOf(held);
}

function present<V>(keys: readonly string[], get: (key: string) => V | undefined): ReadonlyMap<string, V> {
  const found = new Map<string, V>();
  for (const key of keys) {
    const value = get(key);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}

function cut(matching: readonly FoundProduct[], { sort, after, limit }: PageRequest): FoundPage {
  const sorted = matching.toSorted((a, b) => compare(sort, a.position, b.position));
  const rest =
    after === undefined ? sorted : sorted.filter(({ position }) => compare(sort, position, after) > 0);
  return { found: rest.slice(0, limit), more: rest.length > limit };
}

function keyOf(product: ProductSnapshot, { sort, filters }: PageRequest): string | number {
  switch (sort) {
    case 'relevance':
      return filters.text === undefined ? Date.parse(product.createdAt) : relevance(product, filters.text);
    case 'newest':
      return Date.parse(product.createdAt);
    case 'price-asc':
    case 'price-desc':
      return product.price.amount;
    case 'name':
      return fold(product.name).slice(0, 60);
  }
}

function compare(sort: Sort, a: FoundProduct['position'], b: FoundProduct['position']): number {
  const ascending = order(a.key, b.key) || order(a.sku, b.sku);
  return sort === 'name' || sort === 'price-asc' ? ascending : -ascending;
}

function order<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
