/** Searches over HTTP: each a different one, so that the index answers; or as shops see them, a few over and over. */
import { repeated, type Sample } from '../measure.ts';
import { startShop } from './child.ts';
import { searchAt } from './products.ts';

const WARM_UP_SECONDS = 3;
/** A JVM takes its time until it has compiled what is hot. */
const WARM_UP_SECONDS_OF_JAVA = 60;
/** Of 100 searches, this many are for one of the ten that everybody makes. */
const POPULAR_SHARE = 80;
const POPULAR = 10;

export interface SearchesOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly mix: 'different' | 'popular';
  readonly concurrency: number;
  readonly seconds: number;
  readonly runs: number;
}

const UNCACHED = { HTTP_CACHE_MB: '0', CACHE_MAX_SEARCHES: '1', CACHE_TTL_SEARCH: '1ms' };

export async function benchSearches(options: SearchesOptions): Promise<readonly Sample[]> {
  const { env, mix, concurrency, seconds, runs } = options;
  const inJava = mix === 'different' && env['SEARCH_INDEX'] === 'elasticsearch';
  const warmUpSeconds = inJava ? WARM_UP_SECONDS_OF_JAVA : WARM_UP_SECONDS;
  const shop = await startShop(mix === 'different' ? { ...env, ...UNCACHED } : env, concurrency);
  try {
    const operation = (index: number) => {
      const isPopular = mix === 'popular' && index % 100 < POPULAR_SHARE;
      return shop.get(`/api/products?${searchAt(isPopular ? index % POPULAR : index)}`);
    };
    return await repeated({ concurrency, operation, seconds, pid: shop.pid }, { runs, warmUpSeconds });
  } finally {
    await shop.stop();
  }
}
