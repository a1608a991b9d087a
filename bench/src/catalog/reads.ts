/** Product pages over HTTP, by the level of the cache that answers. */
import { repeated, type Sample } from '../measure.ts';
import { startShop } from './child.ts';
import { skuAt } from './products.ts';

/** Read over and over: fits into every level. */
const HOT = 100;
const WARM_UP_SECONDS = 3;

/** What a level is, by what is taken away in front of it. */
export const levels = {
  gateway: {},
  l1: { HTTP_CACHE_MB: '0' },
  l2: { HTTP_CACHE_MB: '0', CACHE_MAX_PRODUCTS: '1', SHARED_CACHE: 'redis' },
  store: { HTTP_CACHE_MB: '0', CACHE_MAX_PRODUCTS: '1' },
} as const;

export interface ReadsOptions {
  readonly connectionString: string;
  readonly redisUrl: string;
  readonly concurrency: number;
  readonly seconds: number;
  readonly runs: number;
}

/** A page has a product and its stock; stock is never in the second level. */
export async function benchReads(
  level: keyof typeof levels,
  { connectionString, redisUrl, concurrency, seconds, runs }: ReadsOptions,
): Promise<readonly Sample[]> {
  const env = {
    DATABASE_URL: connectionString,
    REDIS_URL: redisUrl,
    CACHE_NAMESPACE: 'bench',
    ...levels[level],
  };
  const shop = await startShop(env, concurrency);
  try {
    const operation = (index: number) => shop.get(`/api/products/${skuAt((index * 37) % HOT)}`);
    return await repeated(
      { concurrency, operation, seconds, pid: shop.pid },
      { runs, warmUpSeconds: WARM_UP_SECONDS },
    );
  } finally {
    await shop.stop();
  }
}
