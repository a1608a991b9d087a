import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@ecommercestack/kit';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgres://order@localhost/order';

test('a database is all it needs', () => {
  const config = readConfig({ DATABASE_URL });
  assert.equal(config.PAYMENT_DEADLINE, 300_000);
  assert.equal(config.STEP_TIMEOUT, 30_000);
});

test('a payment deadline that outlasts the reservation is refused', () => {
  assert.throws(
    () => readConfig({ DATABASE_URL, PAYMENT_DEADLINE: '10m', RESERVATION_TTL: '10m' }),
    (error) => error instanceof ConfigError && error.problems.some(({ key }) => key === 'PAYMENT_DEADLINE'),
  );
});
