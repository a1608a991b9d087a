import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLogger } from './logger.ts';
import { isCardNumber, redactText } from './redact.ts';
import { memoryLogger } from './testing.ts';

function line(log: (logger: ReturnType<typeof memoryLogger>) => void): Record<string, unknown> {
  const logger = memoryLogger();
  log(logger);
  assert.equal(logger.lines.length, 1);
  return JSON.parse(logger.lines[0] ?? '') as Record<string, unknown>;
}

/** Appends the check digit that makes a card number of the digits. */
function withCheckDigit(digits: string): string {
  const found = Array.from({ length: 10 }, (_, digit) => `${digit}`).find((digit) =>
    isCardNumber(digits + digit),
  );
  assert.ok(found !== undefined);
  return digits + found;
}

const cardNumber = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 15 })
  .map((rest) => withCheckDigit(`4${rest.slice(1).join('')}`.padEnd(12, '1')));
const grouped = fc
  .tuple(cardNumber, fc.constantFrom('', ' ', '-'))
  .map(([number, separator]) => (number.match(/.{1,4}/g) ?? []).join(separator));
const around = fc.constantFrom(
  '',
  'card',
  '_',
  ' ',
  'card: ',
  ' paid, ',
  '"',
  'é',
  '{"number":"',
  '/',
  '\n',
  '\\',
  ' 12 ',
  ' 2026-11-22 ',
);

describe('logger', () => {
  it('writes JSON with time, level, service and the bound fields', () => {
    const entry = line((logger) =>
      logger.child({ requestId: 'r-1', orderId: 'o-1' }).info({ count: 2 }, 'done'),
    );
    const { time, ...rest } = entry;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    const bound = { service: 'test', requestId: 'r-1', orderId: 'o-1' };
    assert.deepEqual(rest, { level: 'info', ...bound, count: 2, message: 'done' });
  });

  it('shows an error with its stack and its causes', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const { error: shown } = line((logger) => logger.error({ error }, 'failed'));
    assert.match(JSON.stringify(shown), /outer.*inner/s);
  });

  it('prints one readable line for a terminal', () => {
    const lines: string[] = [];
    const sink = { write: (text: string) => void lines.push(text) };
    createLogger({ service: 'order', pretty: true, sink }).warn({ key: 'value', n: 3 }, 'look');
    assert.match(lines.join(''), /^\d\d:\d\d:\d\d\.\d{3} warn  order {8}look key=value n=3\n$/);
  });
});

describe('what is never logged', () => {
  it('card numbers, in any field, text, error or number, alone or in groups', () => {
    fc.assert(
      fc.property(
        grouped,
        around,
        around,
        fc.constantFrom('text', 'deep', 'message', 'error', 'key'),
        (card, a, b, place) => {
          const text = `${a}${card}${b}`;
          const logger = memoryLogger();
          if (place === 'message') logger.info(text);
          else if (place === 'error') logger.info({ error: new Error(text) }, 'failed');
          else if (place === 'key') logger.info({ [text]: 1 }, 'field');
          else logger.info(place === 'deep' ? { list: [{ note: [text] }] } : { note: text }, 'field');
          const written = logger.lines.join('');
          assert.ok(!written.includes(card), written);
          JSON.parse(written);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a card number that is a number', () => {
    const { card, list } = line((logger) =>
      logger.info({ card: 4_111_111_111_111_111, list: [-4_111_111_111_111_111] }),
    );
    assert.deepEqual({ card, list }, { card: '[redacted]', list: ['[redacted]'] });
  });

  it('card numbers beside each other, and among any number of other digits in one go', () => {
    const cards = '4242 4242 4242 4242 4242-4242-4242-4242 12';
    assert.equal(redactText(cards), '[redacted] [redacted] 12');
    // What costs more than the length would not end.
    const ones = '1-'.repeat(50_000);
    assert.ok(redactText(ones) === ones);
  });

  it('tokens and credentials, by their shape or by their name', () => {
    const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjdXN0b21lci0xIn0.c2lnbmF0dXJl';
    const written = JSON.stringify(
      line((logger) =>
        logger.info(
          {
            headers: { authorization: 'hunter2', Cookie: ['hunter2'], 'x-trace': 'kept' },
            payment: { token: 'tok_ok', note: 'paid with tok_hunter2' },
            body: '{"password": "hunter2", "name": "kept"}',
            url: 'postgres://user:hunter2@db/orders',
            a: { b: { c: { clientSecret: 'hunter2', accessToken: { hunter2: 1 } } } },
          },
          `sent Bearer ${jwt} and ${jwt}`,
        ),
      ),
    );
    assert.doesNotMatch(written, /hunter2|tok_ok|eyJ/);
    assert.equal(written.match(/kept/g)?.length, 2);
  });

  it('leaves everything else as it is', () => {
    const kept = [
      '4111 1111 1111 1112',
      '0af7651916cd43dd8448eb211c80319c',
      '019376e4-8d5c-7c3a-9f11-123456789012',
      '0.4111111111111111',
      'b7ad4111111111111111',
      'order-019376e4-8d5c-7c3a-9f11-123456789012',
      '2026-11-22T22:44:51.421Z',
      'tokyo and basics',
      'order 12, 3 lines, 1.299,00 EUR',
    ];
    for (const text of kept) assert.equal(redactText(text), text);
    const numbers = { total: 129_900, ratio: 0.4111111111111111, none: null, yes: true };
    const { total, ratio, none, yes } = line((logger) => logger.info(numbers));
    assert.deepEqual({ total, ratio, none, yes }, numbers);
  });
});
