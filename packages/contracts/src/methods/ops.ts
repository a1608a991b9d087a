/** Operating the shop: what the gateway asks of several services at once and answers itself. */
import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { cursor } from '../values.ts';
import { catalogMethods } from './catalog.ts';
import {
  deadLetterAction,
  deadLetterFilter,
  deadLetterGroup,
  deadLetterId,
  deadLetterMethods,
  deadLetterSummary,
  messageReader,
  replayFilter,
  replayId,
  replayLimits,
  replayPart,
} from './dead-letters.ts';

const service = messageReader.optional();
const page = { cursor: cursor.optional(), limit: z.int().min(1).max(100).default(20) };
const letter = { service: messageReader, id: deadLetterId };

/** Services that could not be asked: the rest of the answer is without them. */
const unavailable = z.array(messageReader).meta({ description: 'Services that could not be asked' });

export const deadLetterReplay = z
  .strictObject({
    replayId,
    status: z.enum(['running', 'done', 'stopped']).meta({
      description: '`running` while it is at any service; `stopped` when it was stopped at any',
    }),
    parts: z.array(replayPart),
    unavailable,
  })
  .meta({ id: 'DeadLetterReplay', description: 'A replay of many letters' });
export type DeadLetterReplay = z.infer<typeof deadLetterReplay>;

export const replayRequest = z
  .strictObject({
    service,
    filter: replayFilter.prefault({}),
    limits: replayLimits.prefault({}),
  })
  .meta({ id: 'DeadLetterReplayRequest' });

/** Offered by the gateway to its own routes, too: it forgets what it keeps itself, and has the catalog forget the rest. */
export const cacheOpsMethods = { 'purge-cache': catalogMethods['purge-cache'] } as const;

/** Offered by the gateway to its own routes; it forwards what names one service. */
export const opsMethods = {
  'list-dead-letters': defineMethod(
    z.strictObject({ service, ...deadLetterFilter.shape, ...page }),
    z.strictObject({ items: z.array(deadLetterSummary), nextCursor: cursor.optional(), unavailable }),
  ),
  'group-dead-letters': defineMethod(
    z.strictObject({ service, ...deadLetterFilter.shape }),
    z.strictObject({ items: z.array(deadLetterGroup), unavailable }),
  ),
  'get-dead-letter': defineMethod(z.strictObject(letter), deadLetterMethods['get-dead-letter'].output),
  'edit-dead-letter': defineMethod(
    deadLetterMethods['edit-dead-letter'].input.extend(letter),
    deadLetterMethods['edit-dead-letter'].output,
  ),
  'replay-dead-letter': defineMethod(
    deadLetterMethods['replay-dead-letter'].input.extend(letter),
    deadLetterMethods['replay-dead-letter'].output,
  ),
  'discard-dead-letter': defineMethod(
    deadLetterMethods['discard-dead-letter'].input.extend(letter),
    deadLetterMethods['discard-dead-letter'].output,
  ),
  'start-dead-letter-replay': defineMethod(
    z.strictObject({ request: replayRequest, idempotencyKey: z.string().max(255).optional() }),
    deadLetterReplay,
  ),
  'get-dead-letter-replay': defineMethod(z.strictObject({ replayId }), deadLetterReplay),
  'stop-dead-letter-replay': defineMethod(z.strictObject({ replayId }), deadLetterReplay),
  'list-audit': defineMethod(
    z.strictObject({
      service,
      ...deadLetterMethods['list-dead-letter-actions'].input.pick({
        actor: true,
        action: true,
        letterId: true,
      }).shape,
      ...page,
    }),
    z.strictObject({ items: z.array(deadLetterAction), nextCursor: cursor.optional(), unavailable }),
  ),
} as const;
