import { z } from 'zod';
import {
  deadLetter,
  deadLetterFilter,
  deadLetterId,
  deadLetterMethods,
  deadLetterOutcome,
  messageReader,
  replayId,
} from '../methods/dead-letters.ts';
import { cacheOpsMethods, deadLetterReplay, opsMethods, replayRequest } from '../methods/ops.ts';
import { idempotencyKey } from '../methods/order.ts';
import { cursor } from '../values.ts';
import { pageQuery } from './query.ts';
import type { RequestParts, Route } from './route.ts';

const DEAD_LETTERS = '/api/ops/dead-letters';
const tag = 'Operations';
const service = 'gateway';
const letterParams = z.strictObject({ service: messageReader, id: deadLetterId });
const replayParams = z.strictObject({ replayId });

const quotedVersion = z
  .string()
  .regex(/^"[1-9][0-9]{0,8}(-[A-Za-z0-9_-]{1,64})?"$/, 'a quoted version, or an ETag as it was given')
  .meta({ description: 'Refuses the action when the letter has another version', example: '"2"' });
const ifMatch = z.strictObject({ 'if-match': quotedVersion.optional() });

function versionOf({ headers }: RequestParts) {
  const match = headers['if-match'];
  return typeof match === 'string' ? { expectedVersion: Number.parseInt(match.slice(1), 10) } : {};
}

const read = { method: 'get', tag, service, access: 'staff', success: 200 } as const;
const act = { method: 'post', tag, service, access: 'operator', success: 200 } as const;

export const opsRoutes: readonly Route[] = [
  {
    ...read,
    id: 'listDeadLetters',
    path: DEAD_LETTERS,
    summary: 'Messages that a service could not handle, newest first',
    query: z.strictObject({
      service: messageReader.optional(),
      ...deadLetterFilter.shape,
      cursor: cursor.optional(),
      ...pageQuery,
    }),
    call: 'list-dead-letters',
    toInput: ({ query }) => query,
    response: { description: 'A page of letters', schema: opsMethods['list-dead-letters'].output },
    problems: ['invalid-request'],
  },
  {
    ...read,
    id: 'groupDeadLetters',
    path: `${DEAD_LETTERS}/groups`,
    summary: 'Dead letters that failed alike, explained, the largest group first',
    query: z.strictObject({ service: messageReader.optional(), ...deadLetterFilter.shape }),
    call: 'group-dead-letters',
    toInput: ({ query }) => query,
    response: {
      description: 'At most 100 groups per service',
      schema: opsMethods['group-dead-letters'].output,
    },
    problems: ['invalid-request'],
  },
  {
    ...read,
    id: 'getDeadLetter',
    path: `${DEAD_LETTERS}/{service}/{id}`,
    summary: 'The message, why it failed, what can be done, and what was done',
    params: letterParams,
    call: 'get-dead-letter',
    toInput: ({ params }) => params,
    response: { description: 'The letter', schema: deadLetter },
    problems: ['invalid-request', 'not-found'],
  },
  {
    ...act,
    method: 'patch',
    id: 'editDeadLetter',
    path: `${DEAD_LETTERS}/{service}/{id}`,
    summary: 'Replace the data of the message; it must fit its contract, and the original is kept',
    params: letterParams,
    headers: ifMatch,
    body: z
      .strictObject({ data: deadLetterMethods['edit-dead-letter'].input.shape.data })
      .meta({ id: 'DeadLetterEdit' }),
    call: 'edit-dead-letter',
    toInput: (parts) => ({ ...parts.params, ...(parts.body as object), ...versionOf(parts) }),
    response: {
      description: 'The letter afterwards',
      schema: deadLetter,
      headers: { etag: 'Begins with the version; send it back as If-Match' },
    },
    problems: [
      'invalid-request',
      'not-found',
      'dead-letter-closed',
      'version-conflict',
      'precondition-required',
    ],
  },
  {
    ...act,
    id: 'replayDeadLetter',
    path: `${DEAD_LETTERS}/{service}/{id}/replay`,
    summary: 'Hand the message to its consumer once more, and say what came of it',
    params: letterParams,
    headers: ifMatch,
    call: 'replay-dead-letter',
    toInput: (parts) => ({ ...parts.params, ...versionOf(parts) }),
    response: { description: 'What came of it', schema: deadLetterOutcome },
    problems: ['invalid-request', 'not-found', 'dead-letter-closed', 'version-conflict'],
  },
  {
    ...act,
    id: 'discardDeadLetter',
    path: `${DEAD_LETTERS}/{service}/{id}/discard`,
    summary: 'Close the letter without handling it; a replay opens it again',
    params: letterParams,
    headers: ifMatch,
    body: deadLetterMethods['discard-dead-letter'].input
      .pick({ reason: true })
      .meta({ id: 'DeadLetterDiscard' }),
    call: 'discard-dead-letter',
    toInput: (parts) => ({ ...parts.params, ...(parts.body as object), ...versionOf(parts) }),
    response: { description: 'The letter afterwards', schema: deadLetter },
    problems: ['invalid-request', 'not-found', 'dead-letter-closed', 'version-conflict'],
  },
  {
    ...act,
    id: 'startDeadLetterReplay',
    path: `${DEAD_LETTERS}/replays`,
    summary:
      'Replay many letters, oldest first, in growing batches; it stops itself when too many fail again',
    headers: z.strictObject({ 'idempotency-key': idempotencyKey.optional() }),
    body: replayRequest,
    call: 'start-dead-letter-replay',
    toInput: ({ headers, body }) => ({
      request: body,
      ...(headers['idempotency-key'] !== undefined && { idempotencyKey: headers['idempotency-key'] }),
    }),
    success: 202,
    toAnswer: (value) => {
      const { replayId: id } = value as { readonly replayId: string };
      return { body: value, headers: { location: `${DEAD_LETTERS}/replays/${id}` } };
    },
    response: {
      description: 'The replay as it began',
      schema: deadLetterReplay,
      headers: { location: 'The replay' },
    },
    problems: ['invalid-request', 'idempotency-key-reused'],
  },
  {
    ...read,
    id: 'getDeadLetterReplay',
    path: `${DEAD_LETTERS}/replays/{replayId}`,
    summary: 'How far a replay is',
    params: replayParams,
    call: 'get-dead-letter-replay',
    toInput: ({ params }) => params,
    response: { description: 'The replay', schema: deadLetterReplay },
    problems: ['invalid-request', 'not-found'],
  },
  {
    ...act,
    id: 'stopDeadLetterReplay',
    path: `${DEAD_LETTERS}/replays/{replayId}/stop`,
    summary: 'Stop a replay after the letter that it is at',
    params: replayParams,
    call: 'stop-dead-letter-replay',
    toInput: ({ params }) => params,
    response: { description: 'The replay', schema: deadLetterReplay },
    problems: ['invalid-request', 'not-found'],
  },
  {
    ...act,
    id: 'purgeCache',
    path: '/api/ops/cache/purge',
    summary: 'Have every cache of products and searches forget the keys that match a pattern',
    body: cacheOpsMethods['purge-cache'].input.meta({ id: 'CachePurgeRequest' }),
    call: 'purge-cache',
    toInput: ({ body }) => body,
    response: { description: 'What was forgotten', schema: cacheOpsMethods['purge-cache'].output },
    problems: ['invalid-request'],
  },
  {
    ...read,
    id: 'listAudit',
    path: '/api/ops/audit',
    summary: 'What operators did, newest first',
    query: z.strictObject({
      service: messageReader.optional(),
      ...opsMethods['list-audit'].input.pick({ actor: true, action: true, letterId: true }).shape,
      cursor: cursor.optional(),
      ...pageQuery,
    }),
    call: 'list-audit',
    toInput: ({ query }) => query,
    response: { description: 'A page of actions', schema: opsMethods['list-audit'].output },
    problems: ['invalid-request'],
  },
];
