/** Chooses between what holds every word and, only where that is nothing, what nearly does. */
import type { Client } from '@elastic/elasticsearch';
import type { Query } from './query.ts';
import { listed } from './filters.ts';
import { totalOf, wholeAnswer } from './whole-answer.ts';
import { lenientQuery, strictQuery } from './text-query.ts';

export interface Attempt<T> {
  readonly answer: T;
  /** Whether the query found anything at all. */
  readonly found: boolean;
}

/**
 * Filters do not make a search lenient: a word that is in the shop is taken as it was typed. So all pages of a search,
 * and its counts, come from the same query.
 */
export async function chooseQuery<T>(
  client: Client,
  index: string,
  text: string | undefined,
  ask: (query: Query | undefined) => Promise<Attempt<T>>,
): Promise<T> {
  if (text === undefined) return (await ask(undefined)).answer;
  const strict = strictQuery(text);
  const { answer, found } = await ask(strict);
  if (found || (await findsAny(client, index, strict))) return answer;
  return (await ask(lenientQuery(text))).answer;
}

async function findsAny(client: Client, index: string, query: Query): Promise<boolean> {
  const { hits } = await client.search({
    index,
    ...wholeAnswer,
    query: { bool: { filter: [listed, query] } },
    size: 0,
    track_total_hits: 1,
  });
  return totalOf(hits.total) > 0;
}
