/** Messages that could not be handled, kept with what was done about them until they are replayed or discarded. */
import {
  ACTION_COLUMNS,
  NOTED,
  toAction,
  type ActionFilter,
  type ActionRow,
  type DeadLetterAction,
  type NewAction,
} from './dead-letter-actions.ts';
import {
  filterValues,
  FILTERED,
  LETTER_COLUMNS,
  storable,
  storableId,
  storableJson,
  toLetter,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadMessage,
  type LetterRow,
} from './dead-letter.ts';
import type { EventStore } from './event-store.ts';
import { reasonPattern } from './reason-pattern.ts';

/** A place in a list that is read newest first: what follows is older, or as old with a smaller id. */
export interface DeadLetterPlace {
  readonly time: Date;
  /** Decimal, at most 9223372036854775807. */
  readonly id: string;
}

/** Ids: `after` is the last one seen, `upTo` the last one wanted. */
export interface DeadLetterRange {
  readonly after?: string;
  readonly upTo?: string;
}

/** Letters of one consumer that failed alike. */
export interface DeadLetterGroup<M> {
  readonly consumer: string;
  readonly type: string;
  readonly pattern: string;
  readonly count: number;
  readonly oldestAt: Date;
  readonly newestAt: Date;
  /** The newest of them. */
  readonly example: DeadLetter<M>;
}

/** What becomes of a letter; what is not named stays. `message` replaces the message and keeps the first original. */
export interface DeadLetterChange<M> {
  readonly status?: DeadLetter<M>['status'];
  readonly message?: M;
  /** One more delivery, which failed for this reason. */
  readonly failedAgain?: string;
}

export interface DeadLetters<M extends DeadMessage> {
  /** The same message of the same consumer again adds its attempts and is open again. Returns the letter's id. */
  record(letter: {
    readonly consumer: string;
    readonly message: M;
    readonly reason: string;
    readonly attempts: number;
  }): Promise<string>;
  get(id: string): Promise<DeadLetter<M> | undefined>;
  /** Oldest first; `limit` defaults to 100. */
  list(
    options?: DeadLetterFilter & DeadLetterRange & { readonly limit?: number },
  ): Promise<readonly DeadLetter<M>[]>;
  /** Newest first by `firstAt`. */
  newest(
    options: DeadLetterFilter & { readonly before?: DeadLetterPlace | undefined; readonly limit: number },
  ): Promise<readonly DeadLetter<M>[]>;
  count(options?: DeadLetterFilter & DeadLetterRange): Promise<number>;
  /** The largest first. */
  groups(filter: DeadLetterFilter, limit: number): Promise<readonly DeadLetterGroup<M>[]>;
  /** The open letters by consumer; consumers without any are absent. */
  depth(): Promise<readonly { readonly consumer: string; readonly open: number; readonly oldestAt: Date }[]>;
  /** The change and its line in the history, together or not at all. Undefined: the letter has another version. */
  change(
    letter: Pick<DeadLetter<M>, 'id' | 'version'>,
    change: DeadLetterChange<M>,
    action: NewAction,
  ): Promise<DeadLetter<M> | undefined>;
  /** A line without a change: of a job, or of something that came to nothing. */
  note(action: NewAction & { readonly letterId?: string }): Promise<void>;
  /** All that happened to one letter, oldest first; the latest 200. */
  history(id: string): Promise<readonly DeadLetterAction[]>;
  /** What people did, newest first. */
  actions(
    options: ActionFilter & { readonly before?: DeadLetterPlace | undefined; readonly limit: number },
  ): Promise<readonly DeadLetterAction[]>;
}

const HISTORY_LIMIT = 200;
/** After the parameters of the filter. */
const IN_RANGE = 'id > $6 AND ($7::bigint IS NULL OR id <= $7)';

export function deadLetters<M extends DeadMessage>(store: EventStore): DeadLetters<M> {
  return { ...keeper<M>(store), ...reader<M>(store), ...actionLog(store) };
}

function keeper<M extends DeadMessage>(store: EventStore): Pick<DeadLetters<M>, 'record' | 'change'> {
  const { pool } = store;
  return {
    async record({ consumer, message, reason, attempts }) {
      const why = storable(reason);
      const { rows } = await pool.query<{ id: string }>(
        `WITH letter AS (
          INSERT INTO dead_letters
            (consumer, topic, message_id, message, reason, pattern, attempts, first_at, last_at, status)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'open')
          ON CONFLICT (consumer, message_id) DO UPDATE SET reason = excluded.reason, pattern = excluded.pattern,
            last_at = excluded.last_at, attempts = dead_letters.attempts + excluded.attempts, status = 'open',
            version = dead_letters.version + 1
          RETURNING id
        ), noted AS (${NOTED} SELECT id, NULL, 'set-aside', 'system', 'failed', $5, $8 FROM letter)
        SELECT id::text FROM letter`,
        [
          consumer,
          storable(message.topic),
          storableId(message.id),
          storableJson(message),
          why,
          reasonPattern(why),
          attempts,
          store.now(),
        ],
      );
      return rows[0]?.id ?? '';
    },
    async change(
      { id, version },
      { status, message, failedAgain },
      { action, actor, outcome, detail, jobId },
    ) {
      const why = failedAgain === undefined ? undefined : storable(failedAgain);
      const { rows } = await pool.query<LetterRow<M>>(
        `WITH changed AS (
          UPDATE dead_letters SET status = coalesce($3, status), message = coalesce($4::jsonb, message),
            original = CASE WHEN $4::jsonb IS NULL THEN original ELSE coalesce(original, message) END,
            reason = coalesce($5, reason), pattern = coalesce($6, pattern), version = version + 1,
            attempts = attempts + ($5::text IS NOT NULL)::integer,
            last_at = CASE WHEN $5::text IS NULL THEN last_at ELSE $7 END
          WHERE id = $1 AND version = $2 RETURNING *
        ), noted AS (${NOTED} SELECT id, $8, $9, $10, $11, $12, $7 FROM changed)
        SELECT ${LETTER_COLUMNS} FROM changed`,
        [
          id,
          version,
          status,
          message === undefined ? undefined : storableJson(message),
          why,
          why === undefined ? undefined : reasonPattern(why),
          store.now(),
          jobId,
          action,
          actor,
          outcome,
          detail === undefined ? undefined : storable(detail),
        ],
      );
      return rows[0] === undefined ? undefined : toLetter(rows[0]);
    },
  };
}

function reader<M extends DeadMessage>({
  pool,
}: EventStore): Pick<DeadLetters<M>, 'get' | 'list' | 'newest' | 'count' | 'groups' | 'depth'> {
  const select = async (where: string, values: readonly unknown[]) => {
    const text = `SELECT ${LETTER_COLUMNS} FROM dead_letters WHERE ${where}`;
    const { rows } = await pool.query<LetterRow<M>>(text, [...values]);
    return rows.map(toLetter);
  };
  return {
    get: async (id) => (await select('id = $1', [id]))[0],
    list: ({ after = '0', upTo, limit = 100, ...filter } = {}) =>
      select(`${FILTERED} AND ${IN_RANGE} ORDER BY dead_letters.id LIMIT $8`, [
        ...filterValues(filter),
        after,
        upTo,
        limit,
      ]),
    newest: ({ before, limit, ...filter }) =>
      select(
        `${FILTERED} AND ($6::timestamptz IS NULL OR (first_at, id) < ($6, $7::bigint))
          ORDER BY first_at DESC, dead_letters.id DESC LIMIT $8`,
        [...filterValues(filter), before?.time, before?.id, limit],
      ),
    async count({ after = '0', upTo, ...filter } = {}) {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM dead_letters WHERE ${FILTERED} AND ${IN_RANGE}`,
        [...filterValues(filter), after, upTo],
      );
      return rows[0]?.count ?? 0;
    },
    async groups(filter, limit) {
      const { rows } = await pool.query<LetterRow<M> & { count: number; oldest: Date; newest: Date }>(
        `WITH grouped AS (
          SELECT count(*)::integer AS count, min(first_at) AS oldest, max(last_at) AS newest, max(id) AS example
          FROM dead_letters WHERE ${FILTERED} GROUP BY consumer, type, pattern
          ORDER BY count DESC, oldest LIMIT $6)
        SELECT count, oldest, newest, ${LETTER_COLUMNS} FROM grouped JOIN dead_letters ON id = example
        ORDER BY count DESC, oldest`,
        [...filterValues(filter), limit],
      );
      return rows.map(({ count, oldest, newest, ...row }) => {
        const example = toLetter(row);
        const { consumer, type, pattern } = example;
        return { consumer, type, pattern, count, oldestAt: oldest, newestAt: newest, example };
      });
    },
    async depth() {
      const { rows } = await pool.query<{ consumer: string; open: number; oldestAt: Date }>(
        `SELECT consumer, count(*)::integer AS open, min(first_at) AS "oldestAt"
          FROM dead_letters WHERE status = 'open' GROUP BY consumer`,
      );
      return rows;
    },
  };
}

function actionLog({
  pool,
  now,
}: EventStore): Pick<DeadLetters<DeadMessage>, 'note' | 'history' | 'actions'> {
  return {
    async note({ letterId, jobId, action, actor, outcome, detail }) {
      const what = detail === undefined ? undefined : storable(detail);
      await pool.query(`${NOTED} VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
        letterId,
        jobId,
        action,
        actor,
        outcome,
        what,
        now(),
      ]);
    },
    async history(id) {
      const { rows } = await pool.query<ActionRow>(
        `SELECT ${ACTION_COLUMNS} FROM dead_letter_actions WHERE letter_id = $1 ORDER BY dead_letter_actions.id DESC LIMIT $2`,
        [id, HISTORY_LIMIT],
      );
      return rows.map(toAction).toReversed();
    },
    async actions({ actor, action, letterId, before, limit }) {
      const { rows } = await pool.query<ActionRow>(
        `SELECT ${ACTION_COLUMNS} FROM dead_letter_actions WHERE action <> 'set-aside'
          AND ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)
          AND ($3::bigint IS NULL OR letter_id = $3)
          AND ($4::timestamptz IS NULL OR (at, id) < ($4, $5::bigint))
          ORDER BY at DESC, dead_letter_actions.id DESC LIMIT $6`,
        [actor, action, letterId, before?.time, before?.id, limit],
      );
      return rows.map(toAction);
    },
  };
}
