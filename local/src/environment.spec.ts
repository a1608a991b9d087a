import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inheritedBy, inheritedFrom } from './environment.ts';

describe('what services are given of the environment of the command', () => {
  const inherited = inheritedFrom({
    OTEL_TRACES_EXPORTER: 'none',
    LOG_LEVEL: 'debug',
    MONGODB_URL: 'mongodb://root:secret@db/catalog',
    PRODUCT_STORE: 'mongodb',
    ELASTICSEARCH_PREFIX: 'shop',
    DATABASE_URL: 'postgres://elsewhere/shop',
    AWS_SECRET_ACCESS_KEY: 'x',
    TZ: undefined,
  });

  it('is what concerns tracing, logs and stores, and nothing else', () => {
    assert.deepEqual(Object.keys(inheritedBy('catalog', inherited)).toSorted(), [
      'ELASTICSEARCH_PREFIX',
      'LOG_LEVEL',
      'MONGODB_URL',
      'OTEL_TRACES_EXPORTER',
      'PRODUCT_STORE',
    ]);
  });

  it('keeps the stores of the catalog from the others', () => {
    for (const service of ['order', 'gateway'] as const)
      assert.deepEqual(Object.keys(inheritedBy(service, inherited)), ['OTEL_TRACES_EXPORTER', 'LOG_LEVEL']);
  });
});
