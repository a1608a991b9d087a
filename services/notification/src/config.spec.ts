import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@ecommercestack/kit';
import { readConfig } from './config.ts';

const DATABASE_URL = 'postgres://shop@db.example/notification';
const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig({ DATABASE_URL, ...env });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ key }) => key);
  }
};

void test('a database is all it needs', () => {
  assert.deepEqual(problemsOf({}), []);
});

void test('e-mail over SMTP needs a server', () => {
  assert.deepEqual(problemsOf({ CHANNEL_EMAIL: 'smtp' }), ['SMTP_URL']);
  assert.deepEqual(problemsOf({ CHANNEL_EMAIL: 'smtp', SMTP_URL: 'smtp://mail.example' }), []);
});

void test('a lease outlasts the attempt it covers', () => {
  assert.deepEqual(problemsOf({ SEND_TIMEOUT: '60s', SEND_LEASE: '60s' }), ['SEND_LEASE']);
});
