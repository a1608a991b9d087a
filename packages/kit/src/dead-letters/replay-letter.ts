/** Hands one dead letter to its consumer once more. */
import type { DeadLetter, DeadLetters } from '@ecommercestack/event-store';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import type { Delivery, Message, Subscription } from '../ports.ts';
import { withRemoteParent } from '../telemetry.ts';

export interface Replayed {
  /** `handled`, `duplicate` and `refused` close the letter; `failed` leaves it open with one attempt more. */
  readonly outcome: 'handled' | 'duplicate' | 'refused' | 'failed';
  /** Why it failed again. */
  readonly reason?: string;
}

export type ReplayLetter = (
  letter: DeadLetter<Message>,
  by: { readonly actor: string; readonly jobId?: string },
) => Promise<Replayed>;

export interface ReplayLetterOptions {
  readonly letters: DeadLetters<Message>;
  readonly subscriptions: readonly Subscription[];
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The handler runs inside the service that owns the letter, so no broker is needed and every runtime does the same. A
 * crash between handling and marking leaves the letter open; the inbox recognises the message at the next replay.
 */
export function createReplayLetter(options: ReplayLetterOptions): ReplayLetter {
  const { letters, subscriptions, logger, metrics } = options;
  return async (letter, { actor, jobId }) => {
    const subscription = subscriptions.find((each) => reads(each, letter));
    const replayed = await handle(subscription, letter, logger);
    const { outcome, reason } = replayed;
    metrics.kit.deadLetterReplays.inc({ consumer: letter.consumer, outcome });
    const action = {
      action: 'replay',
      actor,
      outcome,
      ...(reason !== undefined && { detail: reason }),
      ...(jobId !== undefined && { jobId }),
    };
    const change =
      reason === undefined
        ? ({ status: 'replayed' } as const)
        : ({ status: 'open', failedAgain: reason } as const);
    const changed = await letters.change(letter, change, action);
    // Somebody else has changed it meanwhile: what they did stands, and what was done here is still told.
    if (changed === undefined) await letters.note({ ...action, letterId: letter.id });
    return replayed;
  };
}

export function reads(
  { topic, consumer }: Subscription,
  letter: Pick<DeadLetter<Message>, 'topic' | 'consumer'>,
): boolean {
  return topic === letter.topic && consumer === letter.consumer;
}

async function handle(
  subscription: Subscription | undefined,
  { message, topic, consumer }: DeadLetter<Message>,
  logger: Logger,
): Promise<Replayed> {
  if (subscription === undefined)
    return { outcome: 'failed', reason: `nothing here reads ${topic} as ${consumer}` };
  try {
    return toReplayed(await withRemoteParent(message.traceparent, async () => subscription.handle(message)));
  } catch (error) {
    logger.warn({ error, consumer, messageId: message.id }, 'a replayed message failed again');
    return { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function toReplayed(delivery: Delivery): Replayed {
  if (delivery.kind === 'ack') return { outcome: delivery.as ?? 'handled' };
  return { outcome: 'failed', reason: delivery.reason };
}
