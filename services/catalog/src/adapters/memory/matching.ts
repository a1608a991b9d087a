import type { ProductSnapshot } from '@ecommercestack/contracts';
import { fold } from '../../domain/fold.ts';
import type { Filters } from '../../domain/search.ts';

export function matches(product: ProductSnapshot, filters: Filters, available: number): boolean {
  const { category, brand, minPrice = 0, maxPrice = Number.POSITIVE_INFINITY, inStock, text } = filters;
  return (
    (category === undefined || product.category === category) &&
    (brand === undefined || product.brand === brand) &&
    product.price.amount >= minPrice &&
    product.price.amount <= maxPrice &&
    (inStock === undefined || inStock === available > 0) &&
    (text === undefined || relevance(product, text) > 0)
  );
}

/** 0 unless every word is found; the last one may be a beginning. */
export function relevance(product: ProductSnapshot, text: string): number {
  const { name, brand, tags, description } = product;
  const fields = [
    { held: words(name), weight: 1_000 },
    { held: words(`${brand} ${tags.join(' ')}`), weight: 400 },
    { held: words(description), weight: 100 },
  ];
  const wanted = words(text);
  const scores = wanted.map((word, index) => {
    const fits = (held: string) => (index === wanted.length - 1 ? held.startsWith(word) : held === word);
    return sum(fields.map(({ held, weight }) => (held.some(fits) ? weight : 0)));
  });
  return scores.includes(0) ? 0 : sum(scores);
}

/** Whether a name goes on like the text, from one of its words on. */
export function nameBegins(name: string, text: string): boolean {
  const held = words(name);
  const wanted = words(text).join(' ');
  return wanted !== '' && held.some((_, at) => held.slice(at).join(' ').startsWith(wanted));
}

function words(text: string): readonly string[] {
  return fold(text).match(/[\p{L}\p{Nd}]+/gu) ?? [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
