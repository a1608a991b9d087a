import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutSecrets, withSecretsOf } from './secrets.ts';

const data = {
  orderId: 'o1',
  token: 'tok_ok',
  notes: ['pay with tok_ok', 'plain'],
  deep: { apiKey: 'k', n: 1 },
};

test('tokens and keys are not shown', () => {
  const shown = withoutSecrets(data);
  assert.doesNotMatch(JSON.stringify(shown), /tok_ok|"k"/);
  assert.deepEqual([shown['orderId'], (shown['notes'] as string[])[1]], ['o1', 'plain']);
});

test('what comes back as it was shown is what it was; the rest is as edited', () => {
  const shown = withoutSecrets(data);
  assert.deepEqual(withSecretsOf(data, { ...shown, orderId: 'o2' }), { ...data, orderId: 'o2' });
  assert.deepEqual(withSecretsOf(data, { ...shown, token: 'tok_other' }), { ...data, token: 'tok_other' });
  const deep = { ...(shown['deep'] as object), n: 2 };
  assert.deepEqual(withSecretsOf(data, { ...shown, deep }), { ...data, deep: { apiKey: 'k', n: 2 } });
  assert.deepEqual(withSecretsOf('not an object', { a: 1 }), { a: 1 });
});

test('sending back what was shown changes nothing, whatever it is', () => {
  const anyData = fc.dictionary(fc.constantFrom('a', 'token', 'list', 'secret'), fc.jsonValue());
  fc.assert(
    fc.property(anyData, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
      assert.deepEqual(withSecretsOf(plain, withoutSecrets(plain)), plain);
    }),
  );
});
