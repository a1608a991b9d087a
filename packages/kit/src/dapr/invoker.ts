/** Calls to other apps through the sidecars. */
import { z } from 'zod';
import { relayUntil, startDeadline } from '../deadline.ts';
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
}

/** Method paths are fixed and ids travel in the body, since the sidecar keeps a circuit breaker per path. */
export function createDaprInvoker(options: DaprInvokerOptions): Invoker {
  const { client } = options;
  const timeoutMs = options.timeoutMs ?? 5_000;
  const observed = observeCalls(options);

  return {
    call: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        try {
          return await deadline.limit(async () => {
            const answer = await reach(
              client,
              appId,
              requestOf(appId, method, input, context, deadline.signal),
            );
            return outcomeOf(appId, answer.statusCode, await textOf(appId, answer));
          });
        } finally {
          deadline.release();
        }
      }),
    stream: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        let opened: Outcome<AsyncIterable<StreamEvent>> | undefined;
        try {
          opened = await deadline.limit(async () => {
            const answer = await reach(
              client,
              appId,
              requestOf(appId, method, input, context, deadline.signal),
            );
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

function requestOf(
  appId: string,
  method: string,
  input: unknown,
  { requestId, actor }: CallContext,
  signal: AbortSignal,
): SidecarRequest {
  return {
    method: 'POST',
    path: `/v1.0/invoke/${encodeURIComponent(appId)}/method/methods/${encodeURIComponent(method)}`,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-actor': actorHeader(actor),
    },
    body: JSON.stringify(input ?? null),
    signal,
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
