/**
 * Which words of a product a search was for. Told as pieces of plain text, so that whoever shows them decides what a mark
 * looks like, and nothing in a name becomes markup.
 */
import type { Highlight, HighlightPiece, Product } from '@ecommercestack/contracts';
import { fold } from './fold.ts';
import { parseQuery } from './query-text.ts';
import { synonyms } from './synonyms.ts';

type Matches = (word: string) => boolean;

const WORDS = /[\p{L}\p{M}\p{Nd}]+/gu;
/** Of a description: about so many characters around the first mark. */
const EXCERPT = 160;
const BEFORE = 40;

/** Undefined where neither name nor description holds a word that was searched for. */
export function highlight(product: Product, text: string): Highlight | undefined {
  const matches = matcherFor(product, text);
  const name = piecesOf(product.name, matches);
  const description = piecesOf(excerptOf(product.description, matches), matches);
  if (![...name, ...description].some(({ match }) => match)) return undefined;
  return { name, ...(description.some(({ match }) => match) && { description }) };
}

/** A word that is nowhere in the product as it was typed found it by a synonym, or despite a typing error. */
function matcherFor(product: Product, text: string): Matches {
  const held = heldBy(product);
  const wanted = wordsOf(wantedText(text));
  const matchers = wanted.map((word, at) => {
    const isBeginning = at === wanted.length - 1;
    const candidates: readonly Matches[] = [
      (other) => stem(other) === stem(word) || (isBeginning && word.length > 1 && other.startsWith(word)),
      synonymOf(word),
      (other) => isTypo(word, other),
    ];
    return candidates.find((candidate) => held.some(candidate)) ?? (() => false);
  });
  return (word) => matchers.some((matches) => matches(word));
}

function wantedText(text: string): string {
  return parseQuery(text)
    .map(({ wanted }) => [wanted.words, ...wanted.phrases].join(' '))
    .join(' ');
}

function heldBy({ sku, name, description, brand, category, tags, attributes }: Product): readonly string[] {
  const texts = [sku, name, description, brand, category, ...tags, ...Object.values(attributes)];
  return [...new Set(wordsOf(texts.join(' ')))];
}

function wordsOf(text: string): readonly string[] {
  return (text.match(WORDS) ?? []).map(fold);
}

/** Enough for plurals and the like: a mark, unlike a search, may miss a rare form. */
function stem(word: string): string {
  if (word.length < 4) return word;
  return word
    .replace(/(?<=..)(?:sses|ies|es|(?<!s)s|ing|ed)$/, (ending) => ({ sses: 'ss', ies: 'y' })[ending] ?? '')
    .replace(/e$/, '');
}

const groups = synonyms.map((line) => new Set(wordsOf(line).map(stem)));

function synonymOf(word: string): Matches {
  const related = groups.filter((group) => group.has(stem(word)));
  return (other) => related.some((group) => group.has(stem(other)));
}

/** As a search forgives it: one error from four letters on, two from seven, none in the first. */
function isTypo(word: string, other: string): boolean {
  const allowed = word.length >= 7 ? 2 : Number(word.length >= 4);
  if (allowed === 0 || word[0] !== other[0] || Math.abs(word.length - other.length) > allowed) return false;
  return distance(word, other) <= allowed;
}

/** Letters to add, drop, change, or swap with the next one. */
function distance(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= b.length; at += 1) {
      const same = a[row - 1] === b[at - 1];
      const swapped = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      next[at] = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + Number(!same),
        swapped ? (beforeLast[at - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, next];
  }
  return last[b.length] ?? 0;
}

/** Joined they are the text. */
function piecesOf(text: string, matches: Matches): HighlightPiece[] {
  const pieces: HighlightPiece[] = [];
  const add = (piece: string, match: boolean): void => {
    if (piece !== '') pieces.push({ text: piece, match });
  };
  let end = 0;
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    if (!matches(fold(word))) continue;
    add(text.slice(end, index), false);
    add(word, true);
    end = index + word.length;
  }
  add(text.slice(end), false);
  return pieces;
}

/** The part of a long text with its first mark, cut between words. */
function excerptOf(text: string, matches: Matches): string {
  if (text.length <= EXCERPT) return text;
  const first = [...text.matchAll(WORDS)].find(([word]) => matches(fold(word)))?.index ?? 0;
  const from = first <= BEFORE ? 0 : text.indexOf(' ', first - BEFORE) + 1 || first;
  const start = Math.min(from, first);
  const rest = text.slice(start);
  if (rest.length <= EXCERPT) return `${start > 0 ? '…' : ''}${rest}`;
  const cut = rest.slice(0, EXCERPT).replace(/\s+\S*$/u, '');
  return `${start > 0 ? '…' : ''}${cut}…`;
}
