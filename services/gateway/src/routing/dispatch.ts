/** One request through one route: admit, read, validate, call, answer. */
import type { Route, Settings } from '@ecommercestack/contracts';
import { requestIdOf, sendEvents } from '@ecommercestack/kit';
import type { Outcome, Settings as Live, StreamEvent } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import type { Identity } from '../authentication/identity.ts';
import { isSplitting } from '../canary/select.ts';
import { refusal, sendRefusal } from '../refusal.ts';
import { readBody } from '../request/body.ts';
import { keepGuest, recallGuest } from '../request/guest-cookie.ts';
import { parseRequest } from '../request/parse.ts';
import type { StreamSlots } from '../streaming/stream-slots.ts';
import { admit, type AdmissionOptions } from './admission.ts';
import { sendAnswer } from './answer.ts';
import { startDeadline } from './deadline.ts';
import { callContext, type Upstream, type UpstreamCall } from './upstream.ts';

export interface DispatchOptions extends AdmissionOptions {
  readonly upstream: Upstream;
  readonly settings: Pick<Live<Settings>, 'current'>;
  readonly slots: StreamSlots;
  /** Ends the event streams when the gateway stops; clients reconnect elsewhere. */
  readonly stopping: AbortSignal;
  readonly heartbeatMs: number;
  readonly secureCookies: boolean;
}

type Call = UpstreamCall & { readonly identity: Identity };

export type Dispatch = (req: Request, res: Response, route: Route) => Promise<void>;

export function createDispatch(options: DispatchOptions): Dispatch {
  return async (req, res, route) => {
    const admitted = await admit(req, res, route, options);
    if (!admitted.ok) return sendRefusal(res, admitted.problem);
    const identity = admitted.value;
    const bytes = await readBody(req, res);
    if (!bytes.ok) return sendRefusal(res, bytes.problem);
    const parsed = parseRequest(route, req, bytes.value);
    if (!parsed.ok) return sendRefusal(res, parsed.problem);

    const choice = options.upstream.choose(route, identity, req.get('x-canary'));
    res.setHeader('x-served-by', `${route.service}@${choice.version}`);
    const deadline = startDeadline(res, options.upstream.timeoutMs(route, parsed.value));
    const call: Call = { route, parts: parsed.value, choice, deadline, identity };
    try {
      const serve = route.stream === true ? serveStream : serveAnswer;
      await serve(req, res, call, options);
    } finally {
      deadline.end();
    }
  };
}

async function serveAnswer(req: Request, res: Response, call: Call, options: DispatchOptions): Promise<void> {
  const { route, parts, choice, deadline, identity } = call;
  const context = callContext(requestIdOf(res), identity, deadline);
  const outcome = await options.upstream.observe(call, (invoker) =>
    invoker.call(choice.appId, route.call, route.toInput(parts), context),
  );
  if (deadline.clientLeft()) return;
  if (!outcome.ok) return refuseUpstream(res, outcome);
  const authenticated = identity.kind === 'customer';
  const personal = !authenticated && setCookie(req, res, call, options);
  const answer = route.toAnswer?.(outcome.value, parts) ?? { body: outcome.value };
  sendAnswer(req, res, route, answer, { authenticated, personal });
}

async function serveStream(req: Request, res: Response, call: Call, options: DispatchOptions): Promise<void> {
  const { identity } = call;
  const slot = options.slots.open(identity.kind === 'customer' ? identity.id : `network:${req.ip}`);
  if (typeof slot === 'string') {
    sendRefusal(res, refusal(slot), { 'retry-after': '5' });
    return;
  }
  try {
    const opened = await openStream(res, call, options);
    if (call.deadline.clientLeft()) return;
    if (!opened.ok) return refuseUpstream(res, opened);
    call.deadline.lift();
    if (req.method === 'HEAD') return void res.type('text/event-stream').end();
    await sendEvents(res, opened.value, { heartbeatMs: options.heartbeatMs, signal: options.stopping });
  } finally {
    call.deadline.abort();
    slot();
  }
}

function openStream(
  res: Response,
  call: Call,
  options: DispatchOptions,
): Promise<Outcome<AsyncIterable<StreamEvent>>> {
  const { route, parts, choice, deadline, identity } = call;
  const context = callContext(requestIdOf(res), identity, deadline);
  return options.upstream.observe(call, (invoker) =>
    invoker.stream(choice.appId, route.call, route.toInput(parts), context),
  );
}

/** True when the answer now carries a cookie. A read leaves nothing behind that a guest must be known by. */
function setCookie(
  req: Request,
  res: Response,
  { route, identity }: Call,
  options: DispatchOptions,
): boolean {
  const { secureCookies: secure, settings } = options;
  if (route.access === 'guest' && route.method !== 'get') return recallGuest(res, identity.id, secure);
  const splits = isSplitting(settings.current().services[route.service].canary);
  return splits && keepGuest(req, res, identity.id, secure);
}

/** What failed on our side may be tried again; with an `Idempotency-Key` without fear of a second effect. */
function refuseUpstream(res: Response, outcome: Extract<Outcome<unknown>, { ok: false }>): void {
  const ours = outcome.problem.code.startsWith('upstream-');
  sendRefusal(res, outcome.problem, ours ? { 'retry-after': '1' } : {});
}
