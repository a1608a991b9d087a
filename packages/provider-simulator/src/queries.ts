/** What can be asked. No answer shows anything that is not yet on the disk. */
import type { Intent } from './book.ts';
import { errorAnswer } from './simulator.ts';
import type { Answer, Simulator } from './simulator.ts';

const maxPage = 10_000;

export async function readIntent(simulator: Simulator, id: string): Promise<Answer> {
  const intent = simulator.book.intents.get(id);
  if (intent === undefined) return missing;
  await simulator.settled();
  return { status: 200, body: JSON.stringify(intent) };
}

/** Intents by `idempotency_key` of any request that changed them, or by `metadata[order_id]`. */
export async function searchIntents(simulator: Simulator, query: URLSearchParams): Promise<Answer> {
  const key = query.get('idempotency_key');
  const orderId = query.get('metadata[order_id]');
  if ((key === null) === (orderId === null)) return ambiguous;
  const { answers, intents, intentsOfOrder } = simulator.book;
  const ofKey = key === null ? undefined : answers.get(key)?.intent;
  const ids = orderId === null ? [ofKey ?? ''] : (intentsOfOrder.get(orderId) ?? []);
  const data = ids.map((id) => intents.get(id)).filter((intent): intent is Intent => intent !== undefined);
  await simulator.settled();
  return { status: 200, body: JSON.stringify({ object: 'list', data, has_more: false }) };
}

/** Entries with `seq > after`, oldest first, at most `limit` (1,000; at most 10,000). */
export async function readLedger(simulator: Simulator, query: URLSearchParams): Promise<Answer> {
  const after = Number(query.get('after') ?? 0);
  const limit = Number(query.get('limit') ?? 1000);
  if (
    !Number.isSafeInteger(after) ||
    after < 0 ||
    !Number.isSafeInteger(limit) ||
    limit < 1 ||
    limit > maxPage
  ) {
    return badPage;
  }
  const data = simulator.book.entries.slice(after, after + limit);
  const has_more = simulator.book.entries.length > after + limit;
  await simulator.settled();
  return { status: 200, body: JSON.stringify({ object: 'list', data, has_more }) };
}

const missing = errorAnswer({
  status: 404,
  type: 'invalid_request_error',
  code: 'resource_missing',
  message: 'No such payment_intent',
  param: 'intent',
});

const ambiguous = errorAnswer({
  status: 400,
  type: 'invalid_request_error',
  code: 'parameter_missing',
  message: 'Give exactly one of idempotency_key and metadata[order_id]',
});

const badPage = errorAnswer({
  status: 400,
  type: 'invalid_request_error',
  code: 'parameter_invalid_integer',
  message: 'Invalid after or limit',
});
