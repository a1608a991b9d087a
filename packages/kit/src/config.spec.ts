import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import {
  ConfigError,
  durationMs,
  flag,
  parseConfig,
  portNumber,
  postgresUrl,
  Secret,
  secret,
  wholeNumber,
} from './config.ts';

const schema = z.object({
  PORT: portNumber.default(8080),
  POLL: durationMs.prefault('5s'),
  VERBOSE: flag.default(false),
  LIMIT: wholeNumber.default(10),
  DATABASE_URL: postgresUrl,
  KEY: secret,
});
const required = { DATABASE_URL: 'postgres://user:hunter2@db/orders', KEY: 'hunter2' };

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(schema, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ key, message }) => `${key} ${message}`);
  }
  return [];
}

describe('parseConfig', () => {
  it('types what is given and fills in what is not', () => {
    const { KEY, ...config } = parseConfig(schema, { ...required, PORT: '0', POLL: '1.5m', VERBOSE: 'on' });
    const { DATABASE_URL } = required;
    assert.deepEqual(config, { PORT: 0, POLL: 90_000, VERBOSE: true, LIMIT: 10, DATABASE_URL });
    assert.equal(KEY.reveal(), 'hunter2');
  });

  it('names every bad key at once, without its value', () => {
    assert.deepEqual(
      problemsOf({ PORT: '99999', POLL: '5', VERBOSE: 'hunter2', DATABASE_URL: 'mysql://hunter2/a' }),
      [
        'PORT must be a port number',
        'POLL must be a duration such as 10ms, 30s, 5m',
        'VERBOSE must be true or false',
        'DATABASE_URL must be a postgres:// URL',
        'KEY is missing',
      ],
    );
  });

  it('takes an empty variable for a missing one', () => {
    assert.deepEqual(problemsOf({ ...required, KEY: '', PORT: '' }), ['KEY is missing']);
  });

  it('wants a database in a database URL', () => {
    assert.deepEqual(problemsOf({ ...required, DATABASE_URL: 'postgres://db:5432/' }), [
      'DATABASE_URL must name a database',
    ]);
  });
});

describe('durationMs', () => {
  it('is a number with a unit', () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(fc.nat(10_000), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (amount, unit) => {
        assert.equal(durationMs.parse(`${amount}${unit}`), amount * units[unit]);
      }),
    );
    for (const text of ['5', '', 's', '-1s', '1 s', '1e3s', '1w'])
      assert.ok(!durationMs.safeParse(text).success);
  });
});

describe('Secret', () => {
  it('shows itself to nobody who does not ask by name', () => {
    const hidden = new Secret('hunter2');
    const shown = [JSON.stringify({ hidden }), inspect({ hidden }, { depth: 5 }), hidden.toString()];
    for (const text of shown) {
      assert.doesNotMatch(text, /hunter2/);
      assert.match(text, /redacted/);
    }
  });
});
