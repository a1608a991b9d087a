/** Calls the service behind a route, on the variant that the caller belongs to. */
import type { RequestParts, Route, Settings } from '@ecommercestack/contracts';
import { UpstreamError } from '@ecommercestack/kit';
import type { CallContext, Invoker, Outcome, Settings as Live } from '@ecommercestack/kit';
import { selectApp, type Choice } from '../canary/select.ts';
import type { Identity } from '../authentication/identity.ts';
import type { UpstreamMetrics } from '../gateway-metrics.ts';
import { isOwnFailure, refusal } from '../refusal.ts';
import type { Deadline } from './deadline.ts';

export interface Upstream {
  choose(route: Route, identity: Identity, wish: string | undefined): Choice;
  /** The call and the caller's patience for it, in milliseconds. */
  timeoutMs(route: Route, parts: RequestParts): number;
  /** `run` is the unary call or the opening of the stream. Failures become refusals that hide their cause. */
  observe<T>(call: UpstreamCall, run: (invoker: Invoker) => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

export interface UpstreamCall {
  readonly route: Route;
  readonly parts: RequestParts;
  readonly choice: Choice;
  readonly deadline: Deadline;
}

export interface UpstreamOptions {
  readonly invoker: Invoker;
  readonly settings: Pick<Live<Settings>, 'current'>;
  readonly metrics: UpstreamMetrics;
  readonly random: () => number;
}

export function createUpstream({ invoker, settings, metrics, random }: UpstreamOptions): Upstream {
  return {
    choose: (route, identity, wish) =>
      selectApp({ settings: settings.current(), service: route.service, identity, wish, random }),

    timeoutMs: (route, parts) =>
      settings.current().services[route.service].timeoutMs + (route.waitMs?.(parts) ?? 0),

    async observe({ route, parts, choice, deadline }, run) {
      const started = performance.now();
      const record = (ok: boolean) => {
        if (deadline.clientLeft()) return;
        const patient = route.stream === true || (route.waitMs?.(parts) ?? 0) > 0;
        const seconds = (performance.now() - started) / 1_000;
        const isRead = route.method === 'get';
        metrics.record({ service: route.service, choice, ok, isRead, ...(!patient && { seconds }) });
      };
      try {
        const outcome = await run(invoker);
        record(outcome.ok || !isOwnFailure(outcome.problem.code));
        return outcome;
      } catch (error) {
        record(false);
        if (error instanceof UpstreamError) return { ok: false, problem: refusal(`upstream-${error.kind}`) };
        throw error;
      }
    },
  };
}

export function callContext(requestId: string, identity: Identity, deadline: Deadline): CallContext {
  const roles = identity.kind === 'customer' ? identity.roles : [];
  return { requestId, actor: { id: identity.id, roles }, signal: deadline.signal };
}
