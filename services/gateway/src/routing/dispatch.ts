/** One request through one route: admit, read, validate, call, answer. */
import type { Route, Settings } from '@ecommercestack/contracts';
import { requestIdOf, sendEvents } from '@ecommercestack/kit';
import type { Outcome, Settings as Live, StreamEvent } from '@ecommercestack/kit';
import type { Request, Response } from 'express';
import type { Identity } from '../authentication/identity.ts';
import { isSplitting } from '../canary/select.ts';
import { serveBulk } from '../bulk/serve.ts';
import type { CachedAnswer, CachedAnswers } from '../http-cache/cached-answers.ts';
import { refusal, sendRefusal } from '../refusal.ts';
import { readBody } from '../request/body.ts';
import { networkOf } from '../request/caller.ts';
import { keepGuest, recallGuest } from '../request/guest-cookie.ts';
import { parseRequest } from '../request/parse.ts';
import type { StreamSlots } from '../streaming/stream-slots.ts';
import { admit, type AdmissionOptions } from './admission.ts';
import { renderAnswer, sendAnswer } from './answer.ts';
import { startDeadline } from './deadline.ts';
import { askFor, publicRead, type PublicRead } from './public-read.ts';
import { callContext, type Upstream, type UpstreamCall } from './upstream.ts';

export interface DispatchOptions extends AdmissionOptions {
  readonly upstream: Upstream;
  /** Absent where the gateway keeps nothing. */
  readonly answers?: CachedAnswers;
  readonly settings: Pick<Live<Settings>, 'current'>;
  readonly slots: StreamSlots;
  /** Ends the event streams when the gateway stops; clients reconnect elsewhere. */
  readonly stopping: AbortSignal;
  readonly heartbeatMs: number;
  /** How long a body may take to arrive; of many lines, how long the client may send nothing. Milliseconds. */
  readonly idleMs: number;
  readonly secureCookies: boolean;
}

type Call = UpstreamCall & { readonly identity: Identity };

export type Dispatch = (req: Request, res: Response, route: Route) => Promise<void>;

export function createDispatch(options: DispatchOptions): Dispatch {
  return async (req, res, route) => {
    const admitted = await admit(req, res, route, options);
    if (!admitted.ok) return sendRefusal(res, admitted.problem);
    const identity = admitted.value;
    const choice = options.upstream.choose(route, identity, req.get('x-canary'));
    if (route.bulk !== undefined) return serveBulk(req, res, { route, choice, identity }, options);
    const read = publicRead(req, route, choice, identity);
    const found = read === undefined ? undefined : options.answers?.find(read.key);
    if (read !== undefined && found !== undefined) return sendShared(req, res, read, found, options);
    const bytes = await readBody(req, res, options.idleMs);
    if (!bytes.ok) return sendRefusal(res, bytes.problem);
    const parsed = parseRequest(route, req, bytes.value);
    if (!parsed.ok) return sendRefusal(res, parsed.problem);

    if (read !== undefined && options.answers !== undefined) {
      const { answers, upstream } = options;
      return sendShared(req, res, read, await askFor(read, parsed.value, res, answers, upstream), options);
    }
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

/** What the cache gives is everybody's; the cookie that a sticky canary needs is not. */
function sendShared(
  req: Request,
  res: Response,
  { route, choice, identity }: PublicRead,
  shared: CachedAnswer,
  options: DispatchOptions,
): void {
  if (res.destroyed) return;
  res.setHeader('x-served-by', `${route.service}@${choice.version}`);
  if (!shared.ok) return refuseUpstream(res, shared);
  const authenticated = identity.kind === 'customer';
  const personal = !authenticated && setCookie(req, res, { route, identity }, options);
  const { answer, reuse } = shared.value;
  sendAnswer(req, res, route, answer, { authenticated, personal }, reuse);
}

async function serveAnswer(req: Request, res: Response, call: Call, options: DispatchOptions): Promise<void> {
  const { route, parts, choice, deadline, identity } = call;
  const context = callContext(requestIdOf(res), identity, deadline);
  const outcome = await options.upstream.observe(call, (invoker) =>
    invoker.call(choice.appId, route.call, route.toInput(parts), context),
  );
  if (deadline.clientLeft()) return;
  if (!outcome.ok) return refuseUpstream(res, outcome);
  if (route.method !== 'get') options.answers?.outdate(route.surrogateKeys?.(parts) ?? [], outcome.value);
  const authenticated = identity.kind === 'customer';
  const personal = !authenticated && setCookie(req, res, call, options);
  const answer = route.toAnswer?.(outcome.value, parts) ?? { body: outcome.value };
  sendAnswer(req, res, route, renderAnswer(route, answer), { authenticated, personal });
}

async function serveStream(req: Request, res: Response, call: Call, options: DispatchOptions): Promise<void> {
  const { identity } = call;
  const slot = options.slots.open(
    identity.kind === 'customer' ? identity.id : `network:${networkOf(req.ip ?? '')}`,
  );
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
  { route, identity }: Pick<Call, 'route' | 'identity'>,
  options: DispatchOptions,
): boolean {
  const { secureCookies: secure, settings } = options;
  if (route.access === 'guest' && route.method !== 'get') return recallGuest(res, identity.id, secure);
  const splits = isSplitting(settings.current().services[route.service].canary);
  return splits && keepGuest(req, res, identity.id, secure);
}

/** What failed on our side may be tried again; with an `Idempotency-Key` without fear of a second effect. */
function refuseUpstream(res: Response, outcome: Extract<Outcome<unknown>, { ok: false }>): void {
  const ours = /^upstream-|-unavailable$/.test(outcome.problem.code);
  sendRefusal(res, outcome.problem, ours ? { 'retry-after': '1' } : {});
}
