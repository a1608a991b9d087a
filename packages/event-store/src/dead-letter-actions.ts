/** Who did what to which dead letter, and what came of it. */

export interface NewAction {
  /** A verb, such as `edit`; `set-aside` is what a consumer does. */
  readonly action: string;
  readonly actor: string;
  readonly outcome: string;
  readonly detail?: string;
  /** The replay of many letters that it belongs to. */
  readonly jobId?: string;
}

export interface DeadLetterAction extends NewAction {
  readonly id: string;
  readonly letterId?: string;
  readonly at: Date;
}

export interface ActionFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly letterId?: string | undefined;
}

export interface ActionRow {
  readonly id: string;
  readonly letter_id: string | null;
  readonly job_id: string | null;
  readonly action: string;
  readonly actor: string;
  readonly outcome: string;
  readonly detail: string | null;
  readonly at: Date;
}

export const ACTION_COLUMNS = 'id::text, letter_id::text, job_id, action, actor, outcome, detail, at';

/** Takes `VALUES` or a `SELECT`, in this order. */
export const NOTED =
  'INSERT INTO dead_letter_actions (letter_id, job_id, action, actor, outcome, detail, at)';

export function toAction(row: ActionRow): DeadLetterAction {
  const { letter_id: letterId, job_id: jobId, detail, ...rest } = row;
  return {
    ...rest,
    ...(letterId !== null && { letterId }),
    ...(jobId !== null && { jobId }),
    ...(detail !== null && { detail }),
  };
}
