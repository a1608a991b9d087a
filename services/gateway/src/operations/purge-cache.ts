/** Has every cache of products and searches forget by pattern: those of the catalog, and the gateway's own. */
import { cacheOpsMethods, catalogMethods } from '@ecommercestack/contracts';
import type { CacheChange } from '@ecommercestack/contracts';
import { createClient, defineMethods } from '@ecommercestack/kit';
import type { Invoker, MethodTable } from '@ecommercestack/kit';

/** The catalog first: what the gateway would read again must be gone. Other gateways hear of it from the catalog. */
export function purgeOperations(invoker: Invoker, forget: (change: CacheChange) => void): MethodTable {
  const catalog = createClient(catalogMethods, invoker, 'catalog');
  return defineMethods(cacheOpsMethods, {
    'purge-cache': async ({ pattern }, context) => {
      const outcome = await catalog['purge-cache']({ pattern }, context);
      if (outcome.ok) forget({ purge: pattern });
      return outcome;
    },
  });
}
