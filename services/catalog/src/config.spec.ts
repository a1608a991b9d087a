import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '@ecommercestack/kit';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgres://127.0.0.1/catalog';

describe('the configuration of the catalog', () => {
  it('keeps everything in PostgreSQL unless told otherwise', () => {
    const { productStore, searchIndex, sharedCache } = readConfig({ DATABASE_URL });
    assert.deepEqual(
      [productStore, searchIndex, sharedCache],
      [{ kind: 'postgres' }, { kind: 'postgres' }, { kind: 'none' }],
    );
  });

  it('takes each server by its kind and its URL', () => {
    const { productStore, searchIndex, sharedCache } = readConfig({
      DATABASE_URL,
      PRODUCT_STORE: 'mongodb',
      MONGODB_URL: 'mongodb://a,b:27018/shop?replicaSet=rs0',
      SEARCH_INDEX: 'elasticsearch',
      ELASTICSEARCH_URL: 'https://search:9200',
      SHARED_CACHE: 'redis',
      REDIS_URL: 'redis://:secret@cache:6379',
    });
    assert.deepEqual(
      [productStore, searchIndex, sharedCache],
      [
        { kind: 'mongodb', url: 'mongodb://a,b:27018/shop?replicaSet=rs0' },
        { kind: 'elasticsearch', url: 'https://search:9200', prefix: 'catalog' },
        { kind: 'redis', url: 'redis://:secret@cache:6379' },
      ],
    );
  });

  it('names every server that is chosen and not given', () => {
    const chosen = { PRODUCT_STORE: 'mongodb', SEARCH_INDEX: 'elasticsearch', SHARED_CACHE: 'redis' };
    assert.throws(
      () => readConfig({ DATABASE_URL, ...chosen }),
      (error) =>
        error instanceof ConfigError &&
        assert.deepEqual(error.problems, [
          { key: 'MONGODB_URL', message: 'is needed by PRODUCT_STORE=mongodb' },
          { key: 'ELASTICSEARCH_URL', message: 'is needed by SEARCH_INDEX=elasticsearch' },
          { key: 'REDIS_URL', message: 'is needed by SHARED_CACHE=redis' },
        ]) === undefined,
    );
  });
});
