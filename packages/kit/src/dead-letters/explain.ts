/** What a dead letter means to the person who must decide about it. */
import type { DeadLetter } from '@ecommercestack/event-store';
import type { z } from 'zod';
import { inputProblems } from '../method-table.ts';
import type { InputProblem } from '../method-table.ts';
import type { Message } from '../ports.ts';

/** The form of the messages of one type on one topic. */
export interface MessageContract {
  readonly topic: string;
  readonly type: string;
  readonly schema: z.ZodType;
}

/** How a message stands to its contract. */
export type Form =
  | { readonly kind: 'fits' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken'; readonly problems: readonly InputProblem[] };

/** Problems are named by their path within the message, such as `data.sku`. */
export function formOf(
  message: Pick<Message, 'topic' | 'type' | 'data'>,
  contracts: readonly MessageContract[],
): Form {
  const contract = contracts.find(({ topic, type }) => topic === message.topic && type === message.type);
  if (contract === undefined) return { kind: 'unknown' };
  const parsed = contract.schema.safeParse(message.data);
  if (parsed.success) return { kind: 'fits' };
  const inData = ({ path, message: text }: InputProblem) => ({
    path: path === '' ? 'data' : `data.${path}`,
    message: text,
  });
  return { kind: 'broken', problems: inputProblems(parsed.error).map(inData) };
}

export type Suggestion = 'replay' | 'edit' | 'investigate' | 'discard' | 'nothing';

export interface Advice {
  readonly explanation: string;
  readonly suggestion: Suggestion;
  readonly problems: readonly InputProblem[];
}

/** What comes and goes: something that the handler needs did not answer, or answered that it is busy. */
const PASSING =
  /\b(ECONN\w*|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN)\b|time[d ]?-? ?out|connection (was )?(terminated|closed|refused|lost|reset)|unavailable|was away|not running|too many (clients|connections)|deadlock|could not serialize|terminating connection|database system is/i;

export function adviseOn(
  letter: Pick<DeadLetter<Message>, 'status' | 'reason' | 'consumer' | 'topic' | 'type'>,
  form: Form,
  isRead: boolean,
): Advice {
  const { status, consumer, topic, type, reason } = letter;
  const advice = (
    suggestion: Suggestion,
    explanation: string,
    problems: readonly InputProblem[] = [],
  ): Advice => ({ explanation, suggestion, problems });

  if (status === 'replayed') return advice('nothing', 'The consumer has handled it since.');
  if (status === 'discarded')
    return advice('nothing', 'It was given up on purpose; a replay takes that back.');
  if (!isRead)
    return advice(
      'discard',
      `The service does not read ${topic} as ${consumer}, so nobody can handle it here.`,
    );
  if (form.kind === 'broken') {
    const explanation = `The message does not fit the contract of ${type}: its sender and its reader disagree about its form.`;
    return advice('edit', explanation, form.problems);
  }
  if (PASSING.test(reason))
    return advice(
      'replay',
      'Something that the handler needs did not answer. The message itself fits its contract.',
    );
  if (form.kind === 'unknown') {
    const explanation = `This version of the service knows no ${type} on ${topic}. A newer one may: replay it there, or discard it.`;
    return advice('investigate', explanation);
  }
  return advice(
    'investigate',
    'The message fits its contract and was not handled all the same. Look for its id in the logs; replay it when the cause is mended.',
  );
}
