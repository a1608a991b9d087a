import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCardNumber } from './card-number.ts';

const digits = fc.stringMatching(/^[2-6][0-9]{11,17}$/);

/** Any digits with the check digit that makes them pass Luhn. */
const cardNumber = digits.map((body) => {
  const sum = body
    .split('')
    .toReversed()
    .reduce((total, digit, index) => {
      const weighted = index % 2 === 0 ? Number(digit) * 2 : Number(digit);
      return total + (weighted > 9 ? weighted - 9 : weighted);
    }, 0);
  return body + String((10 - (sum % 10)) % 10);
});

describe('card numbers', () => {
  it('are found wherever they stand, in groups or not', () => {
    const written = [
      '4242424242424242',
      '4242 4242 4242 4242',
      '4242-4242-4242-4242',
      '3782 822463 10005',
      'please charge 5555555555554444, thanks',
      'tok_4242424242424242',
      '12 4242 4242 4242 4242',
      '6011000990139424\n',
    ];
    for (const text of written) assert.ok(hasCardNumber(text), text);
  });

  it('are found in any text around them', () => {
    const around = fc.stringMatching(/^[^0-9A-Za-z]{0,20}$/);
    fc.assert(
      fc.property(cardNumber, around, around, (number, before, after) => {
        assert.ok(hasCardNumber(`${before}x: ${number}.${after}`));
      }),
    );
  });

  it('are looked for once in a text full of digits', () => {
    // Ones never add up to a card number. What costs the square of the length would not end.
    assert.ok(!hasCardNumber('1 '.repeat(500_000)));
    assert.ok(hasCardNumber(`${'1 '.repeat(500_000)}4242 4242 4242 4242`));
  });

  it('are not seen in ids, times, tokens, hashes and phone numbers', () => {
    const harmless = [
      '4242424242424241',
      '+44 20 7946 0958',
      '2030-01-01T00:00:00.000Z',
      '1732312345678',
      '1893456000006',
      'tok_timeout_after_charge',
      'a4242424242424242f',
      '42424242424242424242424242',
    ];
    for (const text of harmless) assert.ok(!hasCardNumber(text), text);
  });

  it('are not seen in UUIDs', () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { minLength: 1, maxLength: 20 }), (ids) => {
        assert.ok(!hasCardNumber(ids.join(',')));
      }),
      { numRuns: 1_000 },
    );
    assert.ok(!hasCardNumber('01961c4e-0b5f-7123-8242-424242424242'));
  });
});
