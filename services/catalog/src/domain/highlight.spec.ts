import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Product } from '@ecommercestack/contracts';
import fc from 'fast-check';
import { listed } from '../adapters/contract/samples.ts';
import { highlight } from './highlight.ts';

const product = (fields: Partial<Product>): Product => listed('SKU-1', 1, fields).product;
/** The name with its marks in brackets. */
const marksIn = (name: string, text: string, fields: Partial<Product> = {}): string | undefined =>
  highlight(product({ ...fields, name }), text)
    ?.name.map((piece) => (piece.match ? `[${piece.text}]` : piece.text))
    .join('');

describe('the highlight of a product', () => {
  const cases: readonly (readonly [name: string, text: string, marked: string | undefined, why: string])[] = [
    ['Café Crème', 'CREME', 'Café [Crème]', 'case and accents make no difference'],
    ['Copper Lamp', 'copper la', '[Copper] [Lamp]', 'the last word may be a beginning'],
    ['Lamp and Lambskin', 'lam copper', undefined, 'others may not'],
    ['Glasses of Glass', 'glass', '[Glasses] of [Glass]', 'other forms of a word'],
    ['Berries', 'berry', '[Berries]', 'plurals in ies'],
    ['Green Tea, Matcha', '"green tea" -matcha', '[Green] [Tea], Matcha', 'what is excluded is not meant'],
    ['Teapot Stand', 'teapto', '[Teapot] Stand', 'letters that changed places'],
    ['Turntable', 'record player', '[Turntable]', 'synonyms'],
    ['Lamp with a Light', 'lamp', '[Lamp] with a Light', 'no synonym beside the word itself'],
    ['Tent Test', 'tent', '[Tent] Test', 'no typing error beside the word itself'],
    ['<b>Mug</b>', 'mug', '<b>[Mug]</b>', 'markup is text'],
    ['Mug', 'or', undefined, 'an operator is no word'],
    ['Mug', '💥', undefined, 'a text without words marks nothing'],
  ];
  for (const [name, text, marked, why] of cases) {
    it(`of “${name}” for ${text}: ${why}`, () => assert.equal(marksIn(name, text), marked));
  }

  it('forgives no error where another field has the word as it was typed', () => {
    assert.equal(marksIn('Lamp', 'lump', { brand: 'Lump' }), undefined);
    assert.equal(marksIn('Lamp', 'lump'), '[Lamp]');
  });

  it('gives the part of a long description that has the word, cut between words', () => {
    const description = `${'Lorem ipsum dolor '.repeat(40)}sourdough ${'sit amet '.repeat(40)}`.trim();
    const marks = highlight(product({ name: 'Bread', description }), 'sourdough');
    const text = marks?.description?.map((piece) => piece.text).join('') ?? '';
    assert.ok(text.length <= 162, String(text.length));
    assert.match(text, /^…(dolor|ipsum|Lorem) .*\bsourdough\b.* (sit|amet)…$/);
    assert.deepEqual(
      marks?.description?.filter(({ match }) => match),
      [{ text: 'sourdough', match: true }],
    );
  });

  it('never changes a name, whatever is in it and whatever is searched for', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('<i>', 'a&b "c', '-x or y', 'tea'),
    );
    fc.assert(
      fc.property(anyText, anyText, anyText, (name, description, text) => {
        const marks = highlight(product({ name, description }), text);
        if (marks !== undefined) assert.equal(marks.name.map((piece) => piece.text).join(''), name);
        const own = highlight(product({ name: `${name} kettle` }), 'kettle');
        assert.ok(own?.name.some(({ match }) => match));
      }),
    );
  });
});
