/** Makes believable catalogues of any size for load: the same numbers give the same products, on every machine. */
import type { ProductInput } from '@ecommercestack/contracts';
import { departments } from './assortment.ts';
import type { Department } from './assortment.ts';

const NAMES = [
  'Sana',
  'Ilve',
  'Marlo',
  'Tove',
  'Odin',
  'Perla',
  'Rumi',
  'Elska',
  'Quinn',
  'Brio',
  'Alba',
  'Nilo',
];

/**
 * `count` products with the SKUs `GEN-<department>-<number>`. A product depends on its number and the seed alone, so that
 * a larger catalogue holds a smaller one. Some departments and brands have many more products than others.
 */
export function* generateProducts(count: number, seed = 1): Generator<ProductInput> {
  for (let number = 1; number <= count; number += 1) yield generateProduct(number, seed);
}

function generateProduct(number: number, seed: number): ProductInput {
  const draw = createDraw(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b));
  const department = favourite(departments, draw);
  const brand = favourite(department.brands, draw);
  const thing = pick(department.things, draw);
  const kind = pick(department.kinds, draw);
  const size = pick(department.sizes, draw);
  const line = `${pick(NAMES, draw)} ${1 + Math.floor(draw() * 99)}`;
  const [kindName, sizeName] = department.attributes;
  return {
    sku: `GEN-${department.code}-${String(number).padStart(7, '0')}`,
    name: `${kind} ${thing} ${line}`,
    description: `${kind} ${thing.toLowerCase()} by ${brand}, ${size}. ${pick(department.praise, draw)}`,
    category: department.category,
    brand,
    price: { amount: priceOf(department, draw), currency: 'EUR' },
    tags: tagsOf(department, draw),
    attributes: { [kindName]: kind, [sizeName]: size, line },
  };
}

/** Most are cheap, few are dear; each ends in 90 cents, as prices do. */
function priceOf({ cents: [from, to] }: Department, draw: () => number): number {
  const amount = from * (to / from) ** (draw() ** 1.7);
  return Math.max(from, Math.floor(amount / 100) * 100 + 90);
}

function tagsOf({ tags }: Department, draw: () => number): string[] {
  return tags.filter(() => draw() < 0.35);
}

function pick<T>(from: readonly T[], draw: () => number): T {
  return at(from, Math.floor(draw() * from.length));
}

/** The first ones come up most often. */
function favourite<T>(from: readonly T[], draw: () => number): T {
  return at(from, Math.floor(draw() ** 1.5 * from.length));
}

function at<T>(from: readonly T[], index: number): T {
  const chosen = from[index];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
function createDraw(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
