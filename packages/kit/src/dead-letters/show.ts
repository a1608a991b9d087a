/** Dead letters, actions and replays as the methods answer them. Times are RFC 3339. */
import type { DeadLetter, DeadLetterAction, ReplayJob } from '@ecommercestack/event-store';
import type { Message } from '../ports.ts';

export function showLetter(service: string, letter: DeadLetter<Message>) {
  const { id, consumer, topic, type, messageId, message, reason, attempts, status, version } = letter;
  return {
    service,
    id,
    consumer,
    topic,
    type,
    key: message.key,
    messageId,
    reason,
    attempts,
    firstAt: letter.firstAt.toISOString(),
    lastAt: letter.lastAt.toISOString(),
    status,
    edited: letter.original !== undefined,
    version,
  };
}

export function showAction(service: string, { jobId, at, ...action }: DeadLetterAction) {
  return {
    service,
    ...action,
    at: at.toISOString(),
    ...(jobId !== undefined && { replayId: jobId }),
  };
}

export function showJob(service: string, job: ReplayJob, remaining: number) {
  const { status, progress, stopReason, actor, createdAt, updatedAt } = job;
  return {
    service,
    status,
    handled: progress.handled,
    failed: progress.failed,
    remaining,
    batch: progress.batch.size,
    ...(stopReason !== undefined && { stopReason }),
    startedBy: actor,
    startedAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
