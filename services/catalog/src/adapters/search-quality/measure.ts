/** Measures how well an index finds what the judged queries ask for. */
import { seedProducts } from '../../seed/index.ts';
import type { SearchIndex } from '../ports.ts';
import type { KnownProduct } from '../../domain/product.ts';
import { judgements } from './judgements.ts';
import type { Judgement, Kind } from './judgements.ts';
import { ndcg } from './ndcg.ts';

const DEPTH = 10;

export interface Quality {
  readonly all: number;
  readonly byKind: ReadonlyMap<Kind, number>;
  /** Per query, the worst first. */
  readonly queries: readonly { readonly judgement: Judgement; readonly score: number }[];
}

/** Fills the index with the goods of the first day. */
export async function stockShop(index: SearchIndex): Promise<void> {
  const at = '2026-01-01T00:00:00.000Z';
  await index.apply(
    seedProducts.map(({ product }): KnownProduct => {
      const { description = '', tags = [], attributes = {} } = product;
      const snapshot = {
        ...product,
        description,
        tags,
        attributes,
        version: 1,
        createdAt: at,
        updatedAt: at,
      };
      return { status: 'listed', product: snapshot };
    }),
  );
  await index.applyStock(
    seedProducts.map(({ product, stock }) => ({ sku: product.sku, available: stock, version: 1 })),
  );
}

/** Mean nDCG@10, each query counting the same. */
export async function measureQuality(index: SearchIndex): Promise<Quality> {
  const queries: { judgement: Judgement; score: number }[] = [];
  for (const judgement of judgements) {
    const { text, filters = {}, relevant } = judgement;
    const { found } = await index.page({ filters: { ...filters, text }, sort: 'relevance', limit: DEPTH });
    const ranking = found.map(({ product }) => product.sku);
    queries.push({ judgement, score: ndcg(ranking, new Map(Object.entries(relevant)), DEPTH) });
  }
  const kinds = [...new Set(judgements.map(({ kind }) => kind))];
  return {
    all: mean(queries.map(({ score }) => score)),
    byKind: new Map(
      kinds.map((kind) => [
        kind,
        mean(queries.filter(({ judgement }) => judgement.kind === kind).map(({ score }) => score)),
      ]),
    ),
    queries: queries.toSorted((a, b) => a.score - b.score),
  };
}

export function describeQuality(name: string, { all, byKind, queries }: Quality): string {
  const figures = [...byKind].map(([kind, score]) => `${kind} ${score.toFixed(3)}`);
  const worst = queries.filter(({ score }) => score < 0.5).map(({ judgement }) => judgement.text);
  return [
    `${name}: nDCG@10 ${all.toFixed(3)} over ${queries.length} queries (${figures.join(', ')})`,
    `  below 0.5: ${worst.length === 0 ? 'none' : worst.join(' · ')}`,
  ].join('\n');
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
