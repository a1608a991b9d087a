/** Calls between the apps of one process: same handlers, same refusals and same failures as over the network. */
import { relayUntil, startDeadline } from './deadline.ts';
import type { Metrics } from './kit-metrics.ts';
import type { Logger } from './logger.ts';
import { observeCalls } from './observed-call.ts';
import type { Invoker, MethodTable, Outcome, StreamEvent } from './ports.ts';
import { UpstreamError } from './ports.ts';

export interface LocalInvokerOptions {
  /** Read at each call, so that apps may be added while the process starts. */
  readonly apps: ReadonlyMap<string, MethodTable>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Limit of a call beside the caller's own deadline; for a stream, of its opening. Default 5,000. */
  readonly timeoutMs?: number;
}

export function createLocalInvoker(options: LocalInvokerOptions): Invoker {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const observed = observeCalls(options);

  return {
    call: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const handler = options.apps.get(appId)?.unary.get(method);
        if (handler === undefined) throw new UpstreamError(appId, 'unavailable');
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        try {
          return await deadline.limit(() => handler(input, { ...context, signal: deadline.signal }));
        } finally {
          deadline.release();
        }
      }),
    stream: (appId, method, input, context) =>
      observed(appId, method, async () => {
        const handler = options.apps.get(appId)?.stream.get(method);
        if (handler === undefined) throw new UpstreamError(appId, 'unavailable');
        const deadline = startDeadline(appId, context.signal, timeoutMs);
        let opened: Outcome<AsyncIterable<StreamEvent>> | undefined;
        try {
          opened = await deadline.limit(() => handler(input, { ...context, signal: deadline.signal }));
        } finally {
          if (opened?.ok !== true) deadline.release();
        }
        return opened.ok ? { ok: true, value: relayUntil(deadline, opened.value) } : opened;
      }),
  };
}
