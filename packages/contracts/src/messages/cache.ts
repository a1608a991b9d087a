/** What the catalog tells all caches of it, over the publish/subscribe of the server that they share. */
import { z } from 'zod';
import { sku, version } from '../values.ts';

/** Shops that share a server have a namespace each. */
export const cacheNamespace = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,63}$/, 'letters, digits, dot, dash and underscore, at most 63');

/** Each listener hears it at most once: lifetimes bound what a lost one does. Not a message of the bus. */
export function cacheChangesChannel(namespace: string): string {
  return `${namespace}:catalog:cache-changes`;
}

/** What an answer is about, in `Surrogate-Key` and for purges by pattern. */
export const surrogateKeyOf = {
  product: (sku: string) => `product:${sku}`,
  searches: 'search:all',
} as const;

export const cacheKeyPattern = z
  .string()
  .regex(
    /^(?=.{1,200}$)[A-Za-z0-9._:?-]*(\*[A-Za-z0-9._:?-]*){0,4}$/,
    'letters, digits, . _ : - and the wildcards ? and, up to four times, *',
  )
  .meta({
    description: 'Keys are `product:<sku>`, `stock:<sku>` and `search:all`',
    example: 'product:TEA-*',
  });

export const cacheChange = z.strictObject({
  /** The versions that products have now: what is older is stale. */
  products: z.array(z.tuple([sku, version])).optional(),
  /** Searches of earlier generations are stale. */
  generation: z.int().min(0).optional(),
  /** Whatever matches is to be forgotten. */
  purge: cacheKeyPattern.optional(),
});
export type CacheChange = z.infer<typeof cacheChange>;

/** Tells which keys match a pattern in which `*` stands for any characters and `?` for one. */
export function patternMatcher(pattern: string): (key: string) => boolean {
  const escaped = pattern.replaceAll(/[.\\+^$()|[\]{}]/g, String.raw`\$&`);
  const whole = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
  return (key) => whole.test(key);
}
