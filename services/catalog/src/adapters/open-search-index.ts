/** Opens the read side that the configuration names. */
import type { Pool } from 'pg';
import type { SearchIndexPlace } from '../config.ts';
import { createClient, isOutage } from './elasticsearch/client.ts';
import { createElasticsearchIndex } from './elasticsearch/search-index.ts';
import type { Opened } from './opened.ts';
import { namingOutages } from './outage.ts';
import type { SearchIndex } from './ports.ts';
import { isPostgresOutage } from './postgres/outage.ts';
import { createPostgresSearchIndex } from './postgres/search-index.ts';

export interface SearchIndexRuntime {
  /** Of the service's own database. */
  readonly pool: Pool;
}

export function openSearchIndex(place: SearchIndexPlace, { pool }: SearchIndexRuntime): Opened<SearchIndex> {
  switch (place.kind) {
    case 'postgres':
      return {
        port: namingOutages(createPostgresSearchIndex(pool), 'search-index', isPostgresOutage),
        readiness: [],
        lifecycle: {},
      };
    case 'elasticsearch':
      return openElasticsearch(place, pool);
  }
}

/** Nothing is asked of the cluster at the start: a catalog that cannot search yet can still read and sell. */
function openElasticsearch(
  { url, prefix }: SearchIndexPlace & { readonly kind: 'elasticsearch' },
  pool: Pool,
): Opened<SearchIndex> {
  const client = createClient(url);
  const index = createElasticsearchIndex({ client, prefix, pool });
  return {
    port: namingOutages(index, 'search-index', isOutage),
    readiness: [{ name: 'catalog-elasticsearch', check: () => index.ping() }],
    lifecycle: { stop: () => client.close() },
  };
}
