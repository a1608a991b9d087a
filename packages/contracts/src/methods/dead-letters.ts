/** Dead letters: what every service that reads messages offers to those who operate it. */
import { z } from 'zod';
import { defineMethod } from '../define.ts';
import { operatorRoles, staffRoles } from '../http/route.ts';
import { messageContracts } from '../messages/all.ts';
import { text, timestamp, version } from '../values.ts';

/** The services that read messages. */
export const messageReaders = ['order', 'inventory', 'payment', 'catalog', 'notification'] as const;
export const messageReader = z.enum(messageReaders).meta({ description: 'The service that could not' });
export type MessageReader = z.infer<typeof messageReader>;

export const deadLetterId = z
  .string()
  .regex(/^[1-9][0-9]{0,17}$/, 'a whole number')
  .meta({ description: 'Unique within its service', example: '17' });

export const deadLetterStatus = z.enum(['open', 'replayed', 'discarded']);

const name = z.string().min(1).max(200);

export const deadLetterFilter = z.strictObject({
  consumer: name.optional(),
  status: deadLetterStatus.optional(),
  type: name.optional().meta({ description: 'Type of the message' }),
  reason: name.optional().meta({ description: 'Text that the reason contains, in any case' }),
  pattern: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({ description: 'The whole pattern of the reason, as the groups show it' }),
});
export type DeadLetterFilter = z.infer<typeof deadLetterFilter>;

export const deadLetterSummary = z
  .strictObject({
    service: messageReader,
    id: deadLetterId,
    consumer: z.string(),
    topic: z.string(),
    type: z.string(),
    key: z.string().meta({ description: 'The stream that the message belongs to' }),
    messageId: z.string(),
    reason: z.string().meta({ description: 'Of the last failure' }),
    attempts: z.int().min(1).meta({ description: 'Deliveries in all' }),
    firstAt: timestamp,
    lastAt: timestamp,
    status: deadLetterStatus,
    edited: z.boolean(),
    version,
  })
  .meta({ id: 'DeadLetterSummary' });
export type DeadLetterSummary = z.infer<typeof deadLetterSummary>;

export const deadLetterAdvice = z
  .strictObject({
    explanation: z.string(),
    suggestion: z.enum(['replay', 'edit', 'investigate', 'discard', 'nothing']),
    problems: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .meta({ description: 'Where the message does not fit its contract' }),
  })
  .meta({ id: 'DeadLetterAdvice' });
export type DeadLetterAdvice = z.infer<typeof deadLetterAdvice>;

export const deadLetterAction = z
  .strictObject({
    service: messageReader,
    id: z.string(),
    at: timestamp,
    actor: z.string(),
    action: z.string().meta({ description: 'Such as `edit`, `replay` or `discard`' }),
    outcome: z.string(),
    detail: z.string().optional(),
    letterId: deadLetterId.optional(),
    replayId: z.string().optional(),
  })
  .meta({ id: 'DeadLetterAction', description: 'Who did what to a dead letter, and what came of it' });
export type DeadLetterAction = z.infer<typeof deadLetterAction>;

const deadMessage = z.looseObject({
  id: z.string(),
  topic: z.string(),
  key: z.string(),
  type: z.string(),
  time: z.string(),
  source: z.string(),
  traceparent: z.string().optional(),
  data: z.unknown().optional(),
});

export const deadLetter = deadLetterSummary
  .extend({
    message: deadMessage.meta({ description: 'What a replay hands to the consumer' }),
    original: deadMessage.optional().meta({ description: 'As it came, where it was edited since' }),
    advice: deadLetterAdvice,
    history: z.array(deadLetterAction).meta({ description: 'Oldest first; the latest 200' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof deadLetter>;

export const deadLetterGroup = z
  .strictObject({
    service: messageReader,
    consumer: z.string(),
    type: z.string(),
    pattern: z.string().meta({ description: 'The reason without ids, times and numbers' }),
    count: z.int().min(1),
    oldestAt: timestamp,
    newestAt: timestamp,
    exampleId: deadLetterId,
    ...deadLetterAdvice.pick({ explanation: true, suggestion: true }).shape,
  })
  .meta({ id: 'DeadLetterGroup', description: 'Letters of one consumer that failed alike' });
export type DeadLetterGroup = z.infer<typeof deadLetterGroup>;

export const deadLetterOutcome = z
  .strictObject({
    outcome: z.enum(['handled', 'duplicate', 'refused', 'failed', 'already-replayed']).meta({
      description:
        '`handled`, `duplicate` (it had been handled before) and `refused` (it changed nothing) close the letter; `failed` leaves it open',
    }),
    reason: z.string().optional().meta({ description: 'Why it failed again' }),
    letter: deadLetter.meta({ description: 'Read again after the replay' }),
  })
  .meta({ id: 'DeadLetterOutcome' });

export const replayLimits = z
  .strictObject({
    maxBatch: z.int().min(1).max(500).default(64).meta({ description: 'Batches grow 1, 2, 4 … up to this' }),
    perSecond: z
      .number()
      .min(0.1)
      .max(500)
      .default(20)
      .meta({ description: 'Letters per second and service' }),
    maxFailureShare: z.number().min(0).max(1).default(0.5).meta({
      description: 'A batch of which a larger share fails again stops the replay',
    }),
  })
  .meta({ id: 'ReplayLimits' });

export const replayId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ description: 'Of a replay of many letters' });

/** Only open letters are replayed in numbers. */
export const replayFilter = deadLetterFilter.omit({ status: true });

export const replayPart = z
  .strictObject({
    service: messageReader,
    status: z.enum(['running', 'done', 'stopped']),
    handled: z.int().min(0),
    failed: z.int().min(0),
    remaining: z.int().min(0).meta({ description: 'Open letters that are still to be replayed' }),
    batch: z.int().min(1).meta({ description: 'Letters in the batch under way' }),
    stopReason: z.string().optional(),
    startedBy: z.string(),
    startedAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'DeadLetterReplayPart', description: 'A replay at one service' });
export type ReplayPart = z.infer<typeof replayPart>;

const place = z.strictObject({ time: timestamp, id: z.string().regex(/^[0-9]{1,19}$/) });
const limit = z.int().min(1).max(101);
const expectedVersion = z.int().min(1);

/** Offered by each of `messageReaders`. */
export const deadLetterMethods = {
  /** Newest first; begins after the place, which need not be that of a letter of this service. */
  'list-dead-letters': defineMethod(
    z.strictObject({ ...deadLetterFilter.shape, before: place.optional(), limit }),
    z.strictObject({ items: z.array(deadLetterSummary) }),
  ),
  'group-dead-letters': defineMethod(
    deadLetterFilter,
    z.strictObject({ items: z.array(deadLetterGroup).max(100) }),
  ),
  'get-dead-letter': defineMethod(z.strictObject({ id: deadLetterId }), deadLetter),
  /** Replaces the data of the message, which must then fit its contract. */
  'edit-dead-letter': defineMethod(
    z.strictObject({
      id: deadLetterId,
      data: z.record(z.string(), z.unknown()),
      /** Refused without it, unless it changes nothing. */
      expectedVersion: expectedVersion.optional(),
    }),
    deadLetter,
  ),
  'replay-dead-letter': defineMethod(
    z.strictObject({ id: deadLetterId, expectedVersion: expectedVersion.optional() }),
    deadLetterOutcome,
  ),
  'discard-dead-letter': defineMethod(
    z.strictObject({ id: deadLetterId, reason: text(3, 500), expectedVersion: expectedVersion.optional() }),
    deadLetter,
  ),
  /** The same `replayId` has one effect. */
  'start-dead-letter-replay': defineMethod(
    z.strictObject({ replayId, filter: replayFilter, limits: replayLimits }),
    replayPart,
  ),
  'get-dead-letter-replay': defineMethod(z.strictObject({ replayId }), replayPart),
  'stop-dead-letter-replay': defineMethod(z.strictObject({ replayId }), replayPart),
  'list-dead-letter-actions': defineMethod(
    z.strictObject({
      actor: name.optional(),
      action: name.optional(),
      letterId: deadLetterId.optional(),
      before: place.optional(),
      limit,
    }),
    z.strictObject({ items: z.array(deadLetterAction) }),
  ),
} as const;

/** All that a service needs in order to offer these methods. */
export const deadLetterContracts = {
  methods: deadLetterMethods,
  messages: messageContracts,
  readers: staffRoles,
  operators: operatorRoles,
};
