/** A catalogue of any size, the same every time. */
import type { ProductSnapshot } from '@ecommercestack/contracts';

const things = [
  'Teapot',
  'Kettle',
  'Lamp',
  'Notebook',
  'Blanket',
  'Speaker',
  'Grinder',
  'Tent',
  'Mug',
  'Rake',
];
const makes = ['copper', 'oak', 'linen', 'steel', 'glass', 'cotton', 'walnut', 'enamel', 'wool', 'bamboo'];
const styles = ['Classic', 'Compact', 'Travel', 'Studio', 'Heritage', 'Nordic', 'Garden', 'Everyday', 'Pro'];
const places = ['kitchen', 'desk', 'terrace', 'workshop', 'bedroom', 'camp site', 'library', 'studio'];
const CATEGORIES = 24;
const BRANDS = 180;
const TIME = Date.parse('2026-01-01T00:00:00.000Z');

/** Spreads `n` over `size` places, differently for each salt. */
function pick(n: number, salt: number, size: number): number {
  return (Math.imul(n + 1, 2_654_435_761 + salt * 40_503) >>> 8) % size;
}

function of(words: readonly string[], n: number, salt: number): string {
  return words[pick(n, salt, words.length)] ?? '';
}

export function skuAt(n: number): string {
  return `BENCH-${n}`;
}

export function productAt(n: number, version = 1): ProductSnapshot {
  const [thing, make, style, place] = [of(things, n, 1), of(makes, n, 2), of(styles, n, 3), of(places, n, 4)];
  const createdAt = new Date(TIME + n * 1_000).toISOString();
  return {
    sku: skuAt(n),
    name: `${style} ${make} ${thing.toLowerCase()} ${n}`,
    description: `A ${make} ${thing.toLowerCase()} for the ${place}, made to be used every day and to last for years.`,
    category: `category-${pick(n, 5, CATEGORIES)}`,
    brand: `Brand ${pick(n, 6, BRANDS)}`,
    price: { amount: 100 + pick(n, 7, 50_000), currency: 'EUR' },
    tags: [make, place.replace(' ', '-')],
    attributes: { material: make, weight: `${100 + pick(n, 8, 3_000)} g` },
    version,
    createdAt,
    updatedAt: createdAt,
  };
}

/** Searches that differ from each other, of the kinds that a shop sees: words, words and filters, filters alone. */
export function searchAt(n: number): string {
  const query = new URLSearchParams({ limit: '20' });
  const kind = n % 4;
  if (kind !== 3) query.set('q', `${of(makes, n, 11)} ${of(things, n, 12).toLowerCase()}`);
  if (kind === 1 || kind === 3) query.set('category', `category-${pick(n, 13, CATEGORIES)}`);
  if (kind === 2) query.set('maxPrice', String(5_000 + pick(n, 14, 40_000)));
  if (kind === 3) query.set('sort', 'price-asc');
  return query.toString();
}
