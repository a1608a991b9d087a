import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { canonical, looksLikeCardNumber, parseForm } from './form.ts';

describe('form bodies', () => {
  it('keep metadata apart, whatever the order of the fields', () => {
    const form = parseForm('amount=5&metadata%5Border_id%5D=o-1&currency=eur');
    assert.equal(form.fields.get('amount'), '5');
    assert.deepEqual(form.metadata, { order_id: 'o-1' });
    assert.equal(canonical(form), canonical(parseForm('currency=eur&metadata[order_id]=o-1&amount=5')));
    assert.notEqual(canonical(form), canonical(parseForm('currency=eur&metadata[order_id]=o-1&amount=6')));
  });
});

describe('card numbers', () => {
  for (const text of [
    '4242424242424242',
    'card 4242-4242-4242-4242!',
    '378282246310005',
    '3782 822463 10005',
  ]) {
    it(`are seen in "${text}"`, () => assert.equal(looksLikeCardNumber(text), true));
  }
  for (const text of ['4242424242424241', '1999', 'tok_ok', '01935b5e-7c4a-7000-8000-000000000000']) {
    it(`are not seen in "${text}"`, () => assert.equal(looksLikeCardNumber(text), false));
  }
  it('are not seen in UUIDs', () => {
    for (let i = 0; i < 20_000; i += 1) assert.equal(looksLikeCardNumber(`${randomUUID()}:authorise`), false);
    assert.equal(looksLikeCardNumber('42424242-4242-4242-4242-424242424242'), false);
  });
});
