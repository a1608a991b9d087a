/** What the API server says when it does not do what it was asked. */
import { z } from 'zod';
import type { FieldConflict } from '../reconcile/world.ts';

const cause = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  field: z.string().optional(),
});

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export const statusBody = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  code: z.int().optional(),
  details: z
    .object({ causes: z.array(cause).optional(), retryAfterSeconds: z.number().optional() })
    .optional(),
});
export type StatusBody = z.infer<typeof statusBody>;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** As the server asks for it. */
  readonly retryAfterMs?: number;
}

/** A refusal that the caller did not expect. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  /** Not to be tried again before. */
  readonly retryAfterMs: number | undefined;

  constructor(what: string, { status, body, retryAfterMs }: Answer) {
    const { reason = 'Unknown', message = 'no reason was given', details } = statusOf(body);
    super(`${what} was answered ${status} ${reason}: ${message.slice(0, 2_000)}`);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    const seconds = details?.retryAfterSeconds;
    this.retryAfterMs = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1_000);
  }
}

/** What is no Status (a proxy in between answers, too) says nothing. */
export function statusOf(body: unknown): StatusBody {
  const parsed = statusBody.safeParse(body);
  return parsed.success ? parsed.data : {};
}

export function isOk({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Throws an `ApiError` for every other status. */
export function accepted(what: string, answer: Answer, ...alsoFine: readonly number[]): Answer {
  if (isOk(answer) || alsoFine.includes(answer.status)) return answer;
  throw new ApiError(what, answer);
}

/** The namespace is being deleted, or the definition of the kind is, or one of them is not there any more. */
export function isGone({ status, body }: Answer): boolean {
  const causes = statusOf(body).details?.causes ?? [];
  const isTerminating = causes.some(({ reason }) => reason === 'NamespaceTerminating');
  return status === 404 || status === 405 || (status === 403 && isTerminating);
}

/** Who holds which fields; undefined when the answer is about something else. */
export function fieldConflicts({ status, body }: Answer): readonly FieldConflict[] | undefined {
  if (status !== 409) return undefined;
  const causes = statusOf(body).details?.causes ?? [];
  const held = causes.flatMap(({ reason, message = '', field = '' }) => {
    const manager = /conflict with "([^"]*)"/.exec(message)?.[1];
    return reason === 'FieldManagerConflict' && manager !== undefined ? [{ manager, field }] : [];
  });
  if (held.length === 0) return undefined;
  return [...Map.groupBy(held, ({ manager }) => manager)].map(([manager, all]) => ({
    manager,
    fields: all.map(({ field }) => field),
  }));
}
