/** Dead letters of services that answer from memory. Who may see them is the real service's to decide. */
import { deadLetterMethods, type DeadLetter, type MessageReader } from '@ecommercestack/contracts';
import { defineMethods } from '@ecommercestack/kit';
import type { MethodTable, Outcome } from '@ecommercestack/kit';

const TIME = '2030-01-01T00:00:00.000Z';

export function fakeLetter(service: MessageReader, id = '17', firstAt = TIME): DeadLetter {
  const message = {
    id: 'm1',
    topic: 'catalog.events',
    key: 'TEA-1',
    type: 'product-created',
    time: TIME,
    source: 'catalog',
  };
  const action = { service, id: '1', at: TIME, actor: 'system', action: 'set-aside', outcome: 'failed' };
  return {
    service,
    id,
    consumer: service,
    topic: message.topic,
    type: message.type,
    key: message.key,
    messageId: message.id,
    reason: 'a malformed product-created',
    attempts: 1,
    firstAt,
    lastAt: firstAt,
    status: 'open',
    edited: false,
    version: 1,
    message: { ...message, data: {} },
    advice: { explanation: 'It does not fit.', suggestion: 'edit', problems: [] },
    history: [{ ...action, letterId: id }],
  };
}

const answer = <T>(value: T): Promise<Outcome<T>> => Promise.resolve({ ok: true, value });

export function fakeDeadLetters(service: MessageReader): MethodTable {
  const letter = fakeLetter(service);
  const { message: _message, advice, history, ...summary } = letter;
  const { explanation, suggestion } = advice;
  const group = { service, consumer: service, type: letter.type, pattern: letter.reason, count: 1 };
  const times = { oldestAt: TIME, newestAt: TIME };
  const replay = {
    service,
    status: 'done' as const,
    handled: 1,
    failed: 0,
    remaining: 0,
    batch: 2,
    startedBy: 'oli',
    startedAt: TIME,
    updatedAt: TIME,
  };
  return defineMethods(
    deadLetterMethods,
    {
      'list-dead-letters': () => answer({ items: [summary] }),
      'group-dead-letters': () =>
        answer({ items: [{ ...group, ...times, exampleId: letter.id, explanation, suggestion }] }),
      'get-dead-letter': () => answer(letter),
      'edit-dead-letter': () => answer({ ...letter, edited: true, version: 2 }),
      'replay-dead-letter': () => answer({ outcome: 'handled' as const, letter }),
      'discard-dead-letter': () => answer({ ...letter, status: 'discarded' as const }),
      'start-dead-letter-replay': () => answer(replay),
      'get-dead-letter-replay': () => answer(replay),
      'stop-dead-letter-replay': () => answer({ ...replay, status: 'stopped' as const }),
      'list-dead-letter-actions': () => answer({ items: history }),
    },
    { checkOutputs: true },
  );
}
