/** Reads what somebody typed: words, "phrases", -exclusions, and `or` between alternatives. */

export interface Terms {
  /** Finished words, separated by spaces. */
  readonly words: string;
  readonly phrases: readonly string[];
}

/** All of `wanted` and none of `excluded`. */
export interface Alternative {
  readonly wanted: Terms;
  readonly excluded: Terms;
}

const TOKENS = /(?<minus>-?)(?:"(?<phrase>[^"]*)"?|(?<word>[^\s"]+))/gu;
const HAS_WORD = /[\p{L}\p{Nd}]/u;

/** Empty where the text has no word in it. */
export function parseQuery(text: string): readonly Alternative[] {
  const alternatives: Collected[] = [collect()];
  for (const { groups: { minus, phrase, word } = {} } of text.matchAll(TOKENS)) {
    const last = alternatives.at(-1);
    if (last === undefined) throw new Error('there is always an alternative');
    if (minus === '' && word !== undefined && /^or$/iu.test(word)) {
      alternatives.push(collect());
      continue;
    }
    const side = minus === '-' ? last.excluded : last.wanted;
    const held = phrase ?? word ?? '';
    if (!HAS_WORD.test(held)) continue;
    if (phrase === undefined) side.words.push(held);
    else side.phrases.push(held);
  }
  return alternatives.map(finish).filter(({ wanted, excluded }) => !isEmpty(wanted) || !isEmpty(excluded));
}

interface Collected {
  readonly wanted: { readonly words: string[]; readonly phrases: string[] };
  readonly excluded: { readonly words: string[]; readonly phrases: string[] };
}

function collect(): Collected {
  return { wanted: { words: [], phrases: [] }, excluded: { words: [], phrases: [] } };
}

function finish({ wanted, excluded }: Collected): Alternative {
  return {
    wanted: { ...wanted, words: wanted.words.join(' ') },
    excluded: { ...excluded, words: excluded.words.join(' ') },
  };
}

function isEmpty({ words, phrases }: Terms): boolean {
  return words === '' && phrases.length === 0;
}
