/** Reserve, commit and release, as the order saga asks for them. The answer leaves through the outbox. */
import { inventoryCommands } from '@ecommercestack/contracts';
import type { Clock, Delivery, Message, Subscription } from '@ecommercestack/kit';
import type { Command } from '../../domain/command.ts';
import { LinesDifferError } from '../../domain/decide.ts';
import type { SubmitCommand } from '../../ports.ts';

export interface AnswerOrderOptions {
  readonly submit: SubmitCommand;
  readonly clock: Clock;
  readonly holdMs: number;
}

export function orderCommandsSubscription({ submit, clock, holdMs }: AnswerOrderOptions): Subscription {
  return {
    topic: inventoryCommands.reserveStock.topic,
    consumer: 'inventory',
    async handle(message) {
      const command = toCommand(message, clock.now(), holdMs);
      if (command === undefined) return { kind: 'drop', reason: `not a command: ${message.type}` };
      const { id: messageId, traceparent } = message;
      try {
        const handled = await submit({
          messageId,
          command,
          ...(traceparent !== undefined && { traceparent }),
        });
        return handled.kind === 'duplicate'
          ? { kind: 'ack', as: 'duplicate' }
          : toDelivery(handled.result.result.kind);
      } catch (error) {
        if (!(error instanceof LinesDifferError)) throw error;
        return { kind: 'drop', reason: error.message };
      }
    },
  };
}

function toCommand({ type, data }: Message, at: Date, holdMs: number): Command | undefined {
  const { reserveStock, commitReservation, releaseReservation } = inventoryCommands;
  const contract = [reserveStock, commitReservation, releaseReservation].find((known) => known.type === type);
  const parsed = contract?.schema.safeParse(data);
  if (contract === undefined || parsed?.success !== true) return undefined;
  switch (contract.type) {
    case 'reserve-stock':
      return { kind: 'reserve', ...parsed.data, at, expiresAt: new Date(at.getTime() + holdMs) };
    case 'commit-reservation':
      return { kind: 'commit', ...parsed.data, at };
    case 'release-reservation':
      return { kind: 'release', ...parsed.data, at };
  }
}

function toDelivery(result: string): Delivery {
  switch (result) {
    case 'reserve-refused':
    case 'commit-refused':
      return { kind: 'ack', as: 'refused' };
    default:
      return { kind: 'ack' };
  }
}
