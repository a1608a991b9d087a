/** Calls to other apps through the sidecars. */
import { z } from 'zod';
import { relayUntil, startDeadline } from '../deadline.ts';
import type { Deadline } from '../deadline.ts';
import type { Metrics } from '../kit-metrics.ts';
import type { Logger } from '../logger.ts';
import { observeCalls } from '../observed-call.ts';
import type { CallContext, Invoker, Outcome, StreamEvent } from '../ports.ts';
import { UpstreamError } from '../ports.ts';
import { actorHeader } from './actor-header.ts';
import { readEvents } from './call-stream.ts';
import type { OpenAnswer, SidecarClient, SidecarRequest } from './client.ts';

export interface DaprInvokerOptions {
  readonly client: SidecarClient;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Limit of a call beside the caller's own deadline; for a stream, of its opening. Default 5,000. */
  readonly timeoutMs?: number;
  /** Of the sidecars. Default `default`. */
  readonly namespace?: string;
}

/**
 * Method paths are fixed and ids travel in the body, since the sidecar keeps a circuit breaker per path. Streams are
 * asked of `<app>.<namespace>`, which is the same app under a name that no policy is written for: a time limit would
 * cut them, a listener who leaves would count as a failure, and one who stays would keep a half-open breaker waiting.
 */
export function createDaprInvoker(options: DaprInvokerOptions): Invoker {
  const { client } = options;
  const { timeoutMs = 5_000, namespace = 'default' } = options;
  const observed = observeCalls(options);

  return {
    call: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        const lifetime = outlive(deadline, context.signal, Math.min(timeoutMs, LEFT_BEHIND_MS));
        const request = requestOf(appId, method, input, context);
        const run = async (): Promise<Outcome<unknown>> => {
          try {
            const answer = await reach(client, appId, { ...request, signal: lifetime.signal });
            return outcomeOf(appId, answer.statusCode, await textOf(appId, answer));
          } finally {
            lifetime.end();
          }
        };
        try {
          return await deadline.limit(run);
        } finally {
          deadline.release();
        }
      }),
    stream: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        const request = requestOf(`${appId}.${namespace}`, method, input, context);
        let opened: Outcome<AsyncIterable<StreamEvent>> | undefined;
        try {
          opened = await deadline.limit(async () => {
            const answer = await reach(client, appId, { ...request, signal: deadline.signal });
            if (isStream(answer)) return { ok: true, value: readEvents(answer.body) };
            const refused = outcomeOf(appId, answer.statusCode, await textOf(appId, answer));
            if (!refused.ok) return refused;
            throw new UpstreamError(appId, 'failed', { cause: new Error(`${method} is not a stream`) });
          });
        } finally {
          if (opened?.ok !== true) deadline.release();
        }
        return opened.ok ? { ok: true, value: relayUntil(deadline, opened.value) } : opened;
      }),
  };
}

/** How long a request lives on whose caller has left: as long as customers wait for an order. */
const LEFT_BEHIND_MS = 30_000;

/**
 * The life of a request: to the deadline, and where the caller has left before it, some time longer. Its caller has
 * gone by then; but a request that is cut counts as a failure for the sidecar's circuit breaker, and a few impatient
 * customers must not keep the others from a healthy service.
 */
function outlive(deadline: Deadline, caller: AbortSignal, leftMs: number) {
  const controller = new AbortController();
  const cut = () => controller.abort(new UpstreamError(deadline.appId, 'timeout'));
  let timer: NodeJS.Timeout | undefined;
  const over = () => {
    if (hasLeft(caller)) timer = setTimeout(cut, leftMs).unref();
    else cut();
  };
  deadline.signal.addEventListener('abort', over, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      deadline.signal.removeEventListener('abort', over);
      clearTimeout(timer);
    },
  };
}

function hasLeft({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof Error && reason.name === 'TimeoutError');
}

function requestOf(
  target: string,
  method: string,
  input: unknown,
  { requestId, actor }: CallContext,
): Omit<SidecarRequest, 'signal'> {
  return {
    method: 'POST',
    path: `/v1.0/invoke/${encodeURIComponent(target)}/method/methods/${encodeURIComponent(method)}`,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-actor': actorHeader(actor),
    },
    body: JSON.stringify(input ?? null),
    // The deadline is the only limit: a call may wait as long as its caller does, a stream for ever.
    timeoutMs: 0,
  };
}

async function reach(client: SidecarClient, appId: string, request: SidecarRequest): Promise<OpenAnswer> {
  try {
    return await client.open(request);
  } catch (error) {
    throw error instanceof UpstreamError ? error : new UpstreamError(appId, 'unavailable', { cause: error });
  }
}

async function textOf(appId: string, { body }: OpenAnswer): Promise<string> {
  try {
    return await body.text();
  } catch (error) {
    throw error instanceof UpstreamError ? error : new UpstreamError(appId, 'unavailable', { cause: error });
  }
}

function isStream({ statusCode, headers }: OpenAnswer): boolean {
  return statusCode === 200 && String(headers['content-type']).startsWith('text/event-stream');
}

const outcome = z.union([
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({
    ok: z.literal(false),
    problem: z.object({
      code: z.string(),
      detail: z.string(),
      extra: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
]);
const sidecarProblem = z.object({ errorCode: z.string(), message: z.string() });

/** Throws `UpstreamError` for what is not an answer of the method. */
function outcomeOf(appId: string, status: number, text: string): Outcome<unknown> {
  const body = jsonOf(text);
  if (status === 200) {
    const answer = outcome.safeParse(body);
    if (answer.success) return answer.data as Outcome<unknown>;
    throw new UpstreamError(appId, 'failed', { cause: answer.error });
  }
  const cause = new Error(`${status} ${text.slice(0, 500)}`);
  throw new UpstreamError(appId, kindOf(status, sidecarProblem.safeParse(body).data), { cause });
}

/**
 * An answer of a sidecar names an error code: the app could not be reached, the breaker is open, the caller is not
 * allowed to call; but for a time limit of the sidecar, all of that is `unavailable`.
 */
function kindOf(status: number, problem: z.infer<typeof sidecarProblem> | undefined): UpstreamError['kind'] {
  if (problem !== undefined) {
    return /deadline exceeded|timeout/i.test(problem.message) ? 'timeout' : 'unavailable';
  }
  return status === 404 || status === 503 ? 'unavailable' : 'failed';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is not JSON is no answer of a method, which the caller finds out by its schema.
    return undefined;
  }
}
