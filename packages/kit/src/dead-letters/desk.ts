/** What a service offers to those who look after its dead letters. Who may do what is the caller's to say. */
import { isDeepStrictEqual } from 'node:util';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterJobs,
  DeadLetters,
  ReplayLimits,
} from '@ecommercestack/event-store';
import type { CallContext, Message, Outcome, Refusal, Subscription } from '../ports.ts';
import { adviseOn, formOf } from './explain.ts';
import type { Advice, MessageContract } from './explain.ts';
import { reads } from './replay-letter.ts';
import type { ReplayLetter } from './replay-letter.ts';
import { withoutSecrets, withSecretsOf } from './secrets.ts';
import { showAction, showJob, showLetter } from './show.ts';

export interface DeskOptions {
  /** Named in every answer. */
  readonly service: string;
  readonly letters: DeadLetters<Message>;
  readonly jobs: DeadLetterJobs;
  readonly subscriptions: readonly Subscription[];
  readonly messages: readonly MessageContract[];
  readonly replay: ReplayLetter;
  /** Told when there is a replay to work on. */
  readonly wake: () => void;
}

export type Desk = ReturnType<typeof createDesk>;

interface Position {
  readonly before?: { readonly time: string; readonly id: string } | undefined;
  readonly limit: number;
}

export function createDesk(options: DeskOptions) {
  return { ...readingDesk(options), ...letterDesk(options), ...replayDesk(options) };
}

function readingDesk(options: DeskOptions) {
  const { service, letters } = options;
  return {
    async 'list-dead-letters'({ before, limit, ...filter }: DeadLetterFilter & Position) {
      const found = await letters.newest({ ...filter, before: placeOf(before), limit });
      return answer({ items: found.map((letter) => showLetter(service, letter)) });
    },
    async 'group-dead-letters'(filter: DeadLetterFilter) {
      const groups = await letters.groups(filter, 100);
      const items = groups.map(({ example, oldestAt, newestAt, ...group }) => {
        const { explanation, suggestion } = adviceOn(example, options);
        const times = { oldestAt: oldestAt.toISOString(), newestAt: newestAt.toISOString() };
        return { service, ...group, ...times, exampleId: example.id, explanation, suggestion };
      });
      return answer({ items });
    },
    async 'get-dead-letter'({ id }: { readonly id: string }) {
      const letter = await letters.get(id);
      return letter === undefined ? notFound(id) : answer(await detailOf(letter, options));
    },
    async 'list-dead-letter-actions'({
      before,
      ...asked
    }: Position & { readonly actor?: string | undefined } & {
      readonly action?: string | undefined;
      readonly letterId?: string | undefined;
    }) {
      const found = await letters.actions({ ...asked, before: placeOf(before) });
      return answer({ items: found.map((action) => showAction(service, action)) });
    },
  };
}

interface Aim {
  readonly id: string;
  /** Refused when the letter has another one. */
  readonly expectedVersion?: number | undefined;
}

function letterDesk(options: DeskOptions) {
  const { letters, messages, replay } = options;
  const shown = async (letter: DeadLetter<Message>) => answer(await detailOf(letter, options));
  return {
    /** The same edit again is answered as the first one was, whatever the version. Data comes back as it was shown. */
    async 'edit-dead-letter'(
      { id, data: edited, expectedVersion }: Aim & { readonly data: Readonly<Record<string, unknown>> },
      { actor }: CallContext,
    ) {
      const letter = await letters.get(id);
      if (letter === undefined) return notFound(id);
      if (letter.status !== 'open') return closed(letter);
      const data = withSecretsOf(letter.message.data, edited);
      if (isDeepStrictEqual(letter.message.data, data)) return shown(letter);
      if (expectedVersion === undefined)
        return refuse('precondition-required', 'Send the ETag of the letter as If-Match.');
      if (letter.version !== expectedVersion) return conflict(letter);
      const message = { ...letter.message, data };
      const form = formOf(message, messages);
      if (form.kind === 'unknown')
        return refuse('invalid-request', `No contract is known for ${letter.type} on ${letter.topic}.`);
      if (form.kind === 'broken')
        return refuse('invalid-request', `The data does not fit the contract of ${letter.type}.`, {
          errors: form.problems,
        });
      const detail = `changed ${changedFields(letter.message.data, data).join(', ')}`;
      const action = { action: 'edit', actor: actor.id, outcome: 'done', detail };
      const changed = await letters.change(letter, { message }, action);
      return changed === undefined ? conflict(letter) : shown(changed);
    },
    async 'replay-dead-letter'({ id, expectedVersion }: Aim, { actor }: CallContext) {
      const letter = await letters.get(id);
      if (letter === undefined) return notFound(id);
      const isDone = letter.status === 'replayed';
      if (!isDone && isOther(letter, expectedVersion)) return conflict(letter);
      const replayed = isDone ? ALREADY_REPLAYED : await replay(letter, { actor: actor.id });
      const after = (await letters.get(id)) ?? letter;
      return answer({ ...replayed, letter: await detailOf(after, options) });
    },
    async 'discard-dead-letter'(
      { id, reason, expectedVersion }: Aim & { readonly reason: string },
      { actor }: CallContext,
    ) {
      const letter = await letters.get(id);
      if (letter === undefined) return notFound(id);
      if (letter.status === 'discarded') return shown(letter);
      if (letter.status === 'replayed') return closed(letter);
      if (isOther(letter, expectedVersion)) return conflict(letter);
      const action = { action: 'discard', actor: actor.id, outcome: 'done', detail: reason };
      const changed = await letters.change(letter, { status: 'discarded' }, action);
      return changed === undefined ? conflict(letter) : shown(changed);
    },
  };
}

/** A repeat, which is not handed to the consumer again. */
const ALREADY_REPLAYED: { readonly outcome: 'already-replayed'; readonly reason?: string } = {
  outcome: 'already-replayed',
};

interface ReplayRequest {
  readonly replayId: string;
  readonly filter: Omit<DeadLetterFilter, 'status'>;
  readonly limits: ReplayLimits;
}

function replayDesk({ service, letters, jobs, wake }: DeskOptions) {
  const shown = async (id: string) => {
    const job = await jobs.get(id);
    if (job === undefined) return refuse('not-found', `There is no replay ${id} here.`);
    const { filter, upTo, progress } = job;
    const remaining = await letters.count({ ...filter, status: 'open', after: progress.after, upTo });
    return answer(showJob(service, job, remaining));
  };
  return {
    async 'start-dead-letter-replay'({ replayId, filter, limits }: ReplayRequest, { actor }: CallContext) {
      const { job, created } = await jobs.start({ id: replayId, filter, limits, actor: actor.id });
      if (!created && !isSame(job, { filter, limits }))
        return refuse('idempotency-key-reused', 'The key was used for another replay.');
      wake();
      return shown(replayId);
    },
    'get-dead-letter-replay': ({ replayId }: { readonly replayId: string }) => shown(replayId),
    async 'stop-dead-letter-replay'({ replayId }: { readonly replayId: string }, { actor }: CallContext) {
      await jobs.stop(replayId, actor.id);
      return shown(replayId);
    },
  };
}

async function detailOf(letter: DeadLetter<Message>, options: DeskOptions) {
  const { service, letters } = options;
  const history = await letters.history(letter.id);
  return {
    ...showLetter(service, letter),
    message: withoutSecrets(letter.message),
    ...(letter.original !== undefined && { original: withoutSecrets(letter.original) }),
    advice: adviceOn(letter, options),
    history: history.map((action) => showAction(service, action)),
  };
}

function adviceOn(letter: DeadLetter<Message>, { messages, subscriptions }: DeskOptions): Advice {
  const isRead = subscriptions.some((subscription) => reads(subscription, letter));
  return adviseOn(letter, formOf(letter.message, messages), isRead);
}

function placeOf(before: Position['before']) {
  return before && { time: new Date(before.time), id: before.id };
}

/** As JSON keeps them: an absent field and an undefined one are the same. */
function isSame(a: Omit<ReplayRequest, 'replayId'>, b: Omit<ReplayRequest, 'replayId'>): boolean {
  const plain = ({ filter, limits }: Omit<ReplayRequest, 'replayId'>): unknown =>
    JSON.parse(JSON.stringify({ filter, limits }));
  return isDeepStrictEqual(plain(a), plain(b));
}

function isOther({ version }: DeadLetter<Message>, expected: number | undefined): boolean {
  return expected !== undefined && expected !== version;
}

/** The names alone: what the values are is read from the letter. */
function changedFields(before: unknown, after: Readonly<Record<string, unknown>>): readonly string[] {
  const old: Readonly<Record<string, unknown>> =
    typeof before === 'object' && before !== null ? { ...before } : {};
  const names = new Set([...Object.keys(old), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(old[name], after[name])).toSorted();
}

function answer<T>(value: T): Outcome<T> & { readonly ok: true } {
  return { ok: true, value };
}

type Refused = Extract<Outcome<never>, { readonly ok: false }>;

function refuse(code: string, detail: string, extra?: Refusal['extra']): Refused {
  return { ok: false, problem: { code, detail, ...(extra !== undefined && { extra }) } };
}

const notFound = (id: string) => refuse('not-found', `There is no dead letter ${id} here.`);
const closed = ({ status }: DeadLetter<Message>) =>
  refuse('dead-letter-closed', `The letter is ${status} already.`);
const conflict = ({ version }: DeadLetter<Message>) =>
  refuse('version-conflict', 'The letter has changed since it was read.', { currentVersion: version });
