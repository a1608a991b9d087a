import type { CallContext } from '../ports.ts';

/** A call of the platform itself that nobody aborts; override what a spec is about. */
export function callContext(overrides: Partial<CallContext> = {}): CallContext {
  const actor = { id: 'system', roles: [] };
  return { requestId: 'request-1', actor, signal: new AbortController().signal, ...overrides };
}
