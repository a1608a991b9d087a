/** What an error looks like from outside: a problem with a stable code, and never its internals. */
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Logger } from '../logger.ts';
import { UpstreamError } from '../ports.ts';
import { sendProblem } from './problems.ts';
import type { Problem } from './problems.ts';
import { requestIdOf } from './request-id.ts';

export type ProblemOf = (error: unknown) => Problem | undefined;

const INTERNAL: Problem = { status: 500, code: 'internal', title: 'Something went wrong on our side' };

const UPSTREAM: Readonly<Record<UpstreamError['kind'], Problem>> = {
  failed: { status: 502, code: 'upstream-failed', title: 'A service behind the gateway failed' },
  unavailable: {
    status: 503,
    code: 'upstream-unavailable',
    title: 'A service behind the gateway is not available',
  },
  timeout: {
    status: 504,
    code: 'upstream-timeout',
    title: 'A service behind the gateway did not answer in time',
  },
};

const REFUSED_BODIES: Readonly<Record<number, Problem>> = {
  413: { status: 413, code: 'payload-too-large', title: 'The body is too large' },
  415: { status: 415, code: 'unsupported-media-type', title: 'The body must be application/json' },
};

export function createErrorHandler(
  logger: Logger,
  problemOf: ProblemOf = () => undefined,
): ErrorRequestHandler {
  return (error: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const problem = problemOf(error) ?? problemOfKit(error);
    if (problem.status >= 500) {
      const fields = { error, requestId: requestIdOf(res), method: req.method, path: req.path };
      logger.error(fields, 'request failed');
    }
    if (res.headersSent) {
      // Half an answer cannot be taken back; cutting it off shows the client that it is broken.
      res.destroy();
      return;
    }
    if (problem.status === 503) res.setHeader('retry-after', '1');
    sendProblem(res, problem);
  };
}

function problemOfKit(error: unknown): Problem {
  if (error instanceof UpstreamError) return UPSTREAM[error.kind];
  if (!isRequestError(error)) return INTERNAL;
  const body = REFUSED_BODIES[error.status];
  if (body !== undefined) return body;
  const title = 'The request does not match its schema';
  const detail = error instanceof SyntaxError ? 'The body is not valid JSON.' : 'The request cannot be read.';
  return { status: 400, code: 'invalid-request', title, detail };
}

/** Errors that Express and its body parser blame on the request; `expose` says so. */
function isRequestError(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false;
  const { status } = error;
  const blamed = ('expose' in error && error.expose === true) || error instanceof URIError;
  return blamed && typeof status === 'number' && status >= 400 && status < 500;
}
