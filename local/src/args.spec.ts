import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArgs, readDaprArgs } from './args.ts';

describe('the command line', () => {
  test('has a default for everything', () => {
    assert.deepEqual(readArgs([]), {
      data: '.data',
      stack: 'stack.yaml',
      port: 8080,
      adminPort: 9090,
      demo: false,
      verbose: false,
    });
    assert.equal(readDaprArgs([])?.broker, 'redis');
  });

  test('chooses the broker where there is one to choose', () => {
    assert.equal(readDaprArgs(['--broker', 'kafka', '--port', '0'])?.broker, 'kafka');
    assert.throws(() => readDaprArgs(['--broker', 'nats']), /redis or kafka, not nats/);
    assert.throws(() => readArgs(['--broker', 'kafka']), TypeError);
  });

  test('refuses what is no port', () => {
    for (const port of ['-1', '65536', 'http', '']) {
      assert.throws(() => readArgs([`--port=${port}`]), /--port must be a port number/);
    }
  });

  test('gives nothing when help was asked for', () => {
    assert.equal(readArgs(['--help']), undefined);
    assert.equal(readDaprArgs(['--help', '--demo']), undefined);
  });
});
