/** The dead letters of all services as one list, and what is done to one of them, done by its owner. */
import { hash, randomUUID } from 'node:crypto';
import {
  messageReaders,
  opsMethods,
  type DeadLetterReplay,
  type MessageReader,
  type ReplayPart,
} from '@ecommercestack/contracts';
import { defineMethods, UpstreamError } from '@ecommercestack/kit';
import type { CallContext, Handlers, Invoker, MethodTable, Outcome } from '@ecommercestack/kit';
import { refusal } from '../refusal.ts';
import { askEach, clientsOf, type Asked, type DeadLetterClients } from './ask-each.ts';
import { mergePage, placesAfter, type Entry, type ServicePlace } from './merged-page.ts';

/** What the gateway answers itself, by asking the services behind it. */
export function operationsOf(invoker: Invoker): MethodTable {
  const clients = clientsOf(invoker, messageReaders);
  return defineMethods(opsMethods, {
    ...lists(clients),
    'get-dead-letter': ({ service, ...input }, context) =>
      clients[service]['get-dead-letter'](input, context),
    'edit-dead-letter': ({ service, ...input }, context) =>
      clients[service]['edit-dead-letter'](input, context),
    'replay-dead-letter': ({ service, ...input }, context) =>
      clients[service]['replay-dead-letter'](input, context),
    'discard-dead-letter': ({ service, ...input }, context) =>
      clients[service]['discard-dead-letter'](input, context),
    ...replays(clients),
  });
}

type Ops = Handlers<typeof opsMethods>;

function lists(
  clients: DeadLetterClients,
): Pick<Ops, 'list-dead-letters' | 'group-dead-letters' | 'list-audit'> {
  return {
    'list-dead-letters': ({ service, cursor, limit, ...filter }, context) =>
      listed(
        { service, cursor, limit },
        context,
        ({ firstAt }) => firstAt,
        (owner, page, patient) => clients[owner]['list-dead-letters']({ ...filter, ...page }, patient),
      ),
    'group-dead-letters': async ({ service, ...filter }, context) => {
      const asked = await askEach(among(service), context, (owner, patient) =>
        clients[owner]['group-dead-letters'](filter, patient),
      );
      const refused = firstRefusal(asked);
      if (refused !== undefined) return refused;
      const items = asked.answers.flatMap(({ value }) => value.items);
      items.sort((a, b) => b.count - a.count || Date.parse(a.oldestAt) - Date.parse(b.oldestAt));
      return { ok: true, value: { items, unavailable: asked.unavailable } };
    },
    'list-audit': ({ service, cursor, limit, ...filter }, context) =>
      listed(
        { service, cursor, limit },
        context,
        ({ at }) => at,
        (owner, page, patient) => clients[owner]['list-dead-letter-actions']({ ...filter, ...page }, patient),
      ),
  };
}

interface PageQuery {
  readonly service: MessageReader | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Services that cannot be asked are left out of the page, and named in it. */
async function listed<T extends Entry>(
  { service, cursor, limit }: PageQuery,
  context: CallContext,
  timeOf: (entry: T) => string,
  ask: (
    owner: MessageReader,
    page: { readonly before?: ServicePlace; readonly limit: number },
    patient: CallContext,
  ) => Promise<Outcome<{ readonly items: readonly T[] }>>,
): Promise<Outcome<{ items: T[]; nextCursor?: string; unavailable: MessageReader[] }>> {
  const placeOf = cursor === undefined ? () => undefined : placesAfter(cursor);
  if (placeOf === undefined)
    return { ok: false, problem: refusal('invalid-request', 'The cursor is not one of ours.') };
  const asked = await askEach(among(service), context, (owner, patient) => {
    const before = placeOf(owner);
    return ask(owner, { limit: limit + 1, ...(before !== undefined && { before }) }, patient);
  });
  const refused = firstRefusal(asked);
  if (refused !== undefined) return refused;
  const page = mergePage(
    asked.answers.map(({ value }) => value.items),
    limit,
    timeOf,
  );
  return { ok: true, value: { ...page, unavailable: asked.unavailable } };
}

function replays(
  clients: DeadLetterClients,
): Pick<Ops, 'start-dead-letter-replay' | 'get-dead-letter-replay' | 'stop-dead-letter-replay'> {
  return {
    /** The same key of the same person is the same replay: a repeat reaches the services that the first one missed. */
    'start-dead-letter-replay': async ({ request, idempotencyKey }, context) => {
      const { service, filter, limits } = request;
      const replayId =
        idempotencyKey === undefined
          ? randomUUID()
          : hash('sha256', `${context.actor.id}\n${idempotencyKey}`, 'base64url').slice(0, 32);
      const asked = await askEach(among(service), context, (owner, patient) =>
        clients[owner]['start-dead-letter-replay']({ replayId, filter, limits }, patient),
      );
      return firstRefusal(asked) ?? { ok: true, value: replayOf(replayId, asked) };
    },
    'get-dead-letter-replay': (input, context) =>
      ofReplay(input.replayId, context, (owner, patient) =>
        clients[owner]['get-dead-letter-replay'](input, patient),
      ),
    'stop-dead-letter-replay': (input, context) =>
      ofReplay(input.replayId, context, (owner, patient) =>
        clients[owner]['stop-dead-letter-replay'](input, patient),
      ),
  };
}

/** Whichever services have a part in it. */
async function ofReplay(
  replayId: string,
  context: CallContext,
  ask: (owner: MessageReader, patient: CallContext) => Promise<Outcome<ReplayPart>>,
): Promise<Outcome<DeadLetterReplay>> {
  const asked = await askEach(messageReaders, context, ask);
  const refused = asked.refusals.find(({ code }) => code !== 'not-found');
  if (refused !== undefined) return { ok: false, problem: refused };
  if (asked.answers.length > 0) return { ok: true, value: replayOf(replayId, asked) };
  const [missing] = asked.unavailable;
  if (missing !== undefined) throw new UpstreamError(missing, 'unavailable');
  return { ok: false, problem: refusal('not-found', `There is no replay ${replayId}.`) };
}

function replayOf(replayId: string, { answers, unavailable }: Asked<ReplayPart>): DeadLetterReplay {
  const parts = answers.map(({ value }) => value);
  const has = (status: ReplayPart['status']) => parts.some((part) => part.status === status);
  const status = has('running') ? 'running' : has('stopped') ? 'stopped' : 'done';
  return { replayId, status, parts, unavailable };
}

function among(service: MessageReader | undefined): readonly MessageReader[] {
  return service === undefined ? messageReaders : [service];
}

function firstRefusal({ refusals: [problem] }: Asked<unknown>) {
  return problem === undefined ? undefined : ({ ok: false, problem } as const);
}
