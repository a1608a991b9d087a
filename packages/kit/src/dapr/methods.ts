/** The callee's side of calls between apps. */
import { Router } from 'express';
import type { Request, Response } from 'express';
import { sendEvents } from '../http/sse.ts';
import { sendProblem } from '../http/problems.ts';
import { requestIdOf } from '../http/request-id.ts';
import type { CallContext, MethodTable } from '../ports.ts';
import { parseActorHeader } from './actor-header.ts';
import { withEnd } from './call-stream.ts';
import { requestSignal } from './request-signal.ts';

export interface MethodsOptions {
  readonly methods: MethodTable;
  /** Aborted when the service stops: streams end, and their listeners come again elsewhere. */
  readonly stopping: AbortSignal;
}

/**
 * `POST /methods/<method>`: the outcome as JSON with 200, refusals too; events for a stream. A throw is left to the
 * error handler. The signal of the context aborts when the caller's connection closes.
 */
export function createMethods({ methods, stopping }: MethodsOptions): Router {
  const router = Router();
  router.post('/methods/:method', async (req: Request<{ method: string }>, res: Response, next) => {
    const unary = methods.unary.get(req.params.method);
    const stream = methods.stream.get(req.params.method);
    if (unary === undefined && stream === undefined) return next();
    const context = contextOf(req, res);
    if (context === undefined) {
      const title = 'The call does not say who is calling';
      return sendProblem(res, { status: 400, code: 'invalid-request', title });
    }
    if (unary !== undefined) return void res.json(await unary(req.body, context));
    const opened = await stream?.(req.body, context);
    if (opened?.ok === true) await sendEvents(res, withEnd(opened.value), { signal: stopping });
    else res.json(opened);
  });
  return router;
}

function contextOf(req: Request<{ method: string }>, res: Response): CallContext | undefined {
  const actor = parseActorHeader(req.get('x-actor'));
  if (actor === undefined) return undefined;
  return { requestId: req.get('x-request-id') ?? requestIdOf(res), actor, signal: requestSignal(res) };
}
