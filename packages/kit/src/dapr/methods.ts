/** The callee's side of calls between apps. */
import { Router } from 'express';
import type { Request, Response } from 'express';
import { sendProblem } from '../http/problems.ts';
import { requestIdOf } from '../http/request-id.ts';
import { sendEvents } from '../http/sse.ts';
import type { Logger } from '../logger.ts';
import type { CallContext, MethodTable } from '../ports.ts';
import { parseActorHeader } from './actor-header.ts';
import { withEnd } from './call-stream.ts';
import { requestSignal } from './request-signal.ts';

export interface MethodsOptions {
  readonly methods: MethodTable;
  /** Aborted when the service stops: streams break off, and their listeners come again elsewhere. */
  readonly stopping: AbortSignal;
  readonly logger: Logger;
}

/**
 * `POST /methods/<method>`: the outcome as JSON with 200, refusals too; events for a stream. A throw is left to the
 * error handler. The signal of the context aborts when the caller's connection closes.
 */
export function createMethods({ methods, stopping, logger }: MethodsOptions): Router {
  const router = Router();
  router.post('/methods/:method', async (req: Request<{ method: string }>, res: Response) => {
    const { method } = req.params;
    const unary = methods.unary.get(method);
    const stream = methods.stream.get(method);
    const context = contextOf(req, res);
    if (unary === undefined && stream === undefined)
      return sendProblem(res, { status: 404, code: 'not-found', title: 'There is no such method' });
    if (context === undefined) {
      const title = 'The call does not say who is calling';
      return sendProblem(res, { status: 400, code: 'invalid-request', title });
    }
    if (unary !== undefined) return void res.json(await unary(req.body, context));
    const opened = await stream?.(req.body, context);
    if (opened?.ok !== true) return void res.json(opened);
    const { requestId } = context;
    const events = withEnd(opened.value, (error) =>
      logger.error({ error, method, requestId }, 'the source of a stream broke'),
    );
    await sendEvents(res, events, { signal: stopping });
  });
  return router;
}

function contextOf(req: Request<{ method: string }>, res: Response): CallContext | undefined {
  const actor = parseActorHeader(req.get('x-actor'));
  if (actor === undefined) return undefined;
  return { requestId: req.get('x-request-id') ?? requestIdOf(res), actor, signal: requestSignal(res) };
}
