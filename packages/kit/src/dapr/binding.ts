/** Output bindings: what the sidecar can do towards the outside. */
import { expectSuccess } from './client.ts';
import type { SidecarClient } from './client.ts';

export interface BindingCall {
  readonly operation: string;
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Resolves when the binding has done it. Throws `SidecarError` where it has not, or says so. */
export type InvokeBinding = (name: string, call: BindingCall) => Promise<void>;

export function createBindings(client: SidecarClient, timeoutMs = 30_000): InvokeBinding {
  return async (name, call) => {
    const path = `/v1.0/bindings/${encodeURIComponent(name)}`;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(call);
    const answer = await client.request({ method: 'POST', path, headers, body, timeoutMs });
    expectSuccess(answer, `call the binding ${name}`);
  };
}
