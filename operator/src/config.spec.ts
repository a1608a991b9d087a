import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from './config.ts';

describe('the configuration', () => {
  test('needs nothing', () => {
    const config = readConfig({});
    assert.deepEqual(config.WATCH_NAMESPACES, []);
    assert.equal(config.DAPR_VERSION, undefined);
    assert.ok(config.RENEW_DEADLINE < config.LEASE_DURATION);
  });

  test('takes a list of namespaces', () => {
    assert.deepEqual(readConfig({ WATCH_NAMESPACES: 'one, two,' }).WATCH_NAMESPACES, ['one', 'two']);
  });

  for (const [key, value] of [
    ['WATCH_NAMESPACES', 'one,Two'],
    ['WORKERS', '0'],
    ['DAPR_VERSION', 'latest'],
    ['LEASE_DURATION', '8s'],
    ['RETRY_PERIOD', '5s'],
    ['RESYNC', '10'],
  ] as const)
    test(`refuses ${key}=${value}`, () => {
      assert.throws(
        () => readConfig({ [key]: value }),
        key === 'LEASE_DURATION' ? /RENEW_DEADLINE/ : new RegExp(key),
      );
    });
});
