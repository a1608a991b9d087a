/** Opens the read side that the configuration names. */
import type { Clock, Logger, Metrics } from '@ecommercestack/kit';
import type { Pool } from 'pg';
import type { SearchIndexPlace } from '../config.ts';
import type { Opened } from './opened.ts';
import type { SearchIndex } from './ports.ts';
import { createPostgresSearchIndex } from './postgres/search-index.ts';

export interface SearchIndexRuntime {
  /** Of the service's own database. */
  readonly pool: Pool;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export function openSearchIndex(place: SearchIndexPlace, { pool }: SearchIndexRuntime): Opened<SearchIndex> {
  switch (place.kind) {
    case 'postgres':
      return { port: createPostgresSearchIndex(pool), readiness: [], lifecycle: {} };
    case 'elasticsearch':
      throw new Error('the search index on Elasticsearch is not part of this version yet');
  }
}
