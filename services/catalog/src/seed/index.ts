/** The goods of the shop on its first day. */
import { audio } from './audio.ts';
import { books } from './books.ts';
import { coffee } from './coffee.ts';
import { garden } from './garden.ts';
import { lighting } from './home-lighting.ts';
import { textiles } from './home-textiles.ts';
import { kitchen } from './kitchen.ts';
import { outdoor } from './outdoor.ts';
import { stationery } from './stationery.ts';
import { tea } from './tea.ts';
import type { SeedProduct } from './listing.ts';

export type { SeedProduct } from './listing.ts';

export const seedProducts: readonly SeedProduct[] = [
  ...tea,
  ...coffee,
  ...kitchen,
  ...lighting,
  ...textiles,
  ...books,
  ...garden,
  ...outdoor,
  ...audio,
  ...stationery,
];
