/** Problem details for HTTP (RFC 9457). */
import type { Response } from 'express';
import { requestIdOf } from './request-id.ts';

export interface Problem {
  readonly status: number;
  /** Stable, kebab-case; also the end of `type`. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  /** Further members, such as the current state of the thing that refused. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Defaults to `/requests/<request id>`, so that a customer's report finds its log lines. */
  readonly instance?: string;
}

function problemBody(problem: Problem, requestId: string): Readonly<Record<string, unknown>> {
  return {
    ...problem.extra,
    type: `/problems/${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    instance: problem.instance ?? `/requests/${requestId}`,
    errors: problem.errors,
  };
}

/** Must be the whole answer: throws where one has already begun. */
export function sendProblem(res: Response, problem: Problem): void {
  const body = problemBody(problem, requestIdOf(res));
  res
    .status(problem.status)
    .set('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(body));
}
