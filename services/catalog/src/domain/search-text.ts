/** Reads what somebody typed: operators of a web search, and a last word that may not be finished. */

export interface SearchText {
  /** All of it, with "phrases", or and -exclusions. */
  readonly web: string;
  /** Present when the last word is a plain one: what must be there with it, and its beginning in folded letters. */
  readonly typing?: { readonly before: string; readonly prefix: string };
}

/** Up to the last `or` that is not inside quotes. */
const OTHERS = /^(?:.*\s)?or\s+(?=[^"]*(?:"[^"]*"[^"]*)*$)/isu;

export function parseSearchText(text: string): SearchText {
  const [, before = '', last = ''] = /^(.*?)(\S*)$/s.exec(text.trim()) ?? [];
  const insideQuotes = (text.match(/"/g)?.length ?? 0) % 2 === 1;
  // Only letters and digits: a prefix needs no quoting as a tsquery.
  const isPlain = /^[\p{L}\p{M}\p{Nd}]{2,50}$/u.test(last) && !insideQuotes;
  if (!isPlain) return { web: text };
  const prefix = last
    .normalize('NFKD')
    .replace(/[^\p{L}\p{Nd}]/gu, '')
    .toLowerCase();
  // Only the last alternative is being typed; the others are as they are.
  return prefix === ''
    ? { web: text }
    : { web: text, typing: { before: before.replace(OTHERS, ''), prefix } };
}
