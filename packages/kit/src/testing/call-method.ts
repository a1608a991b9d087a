import type { CallContext, MethodTable, Outcome } from '../ports.ts';
import { callContext } from './context.ts';

/** Calls a unary method of a service as its invoker would. The caller names what the contract answers with. */
export async function callMethod<T = unknown>(
  methods: MethodTable,
  method: string,
  input: unknown,
  context: Partial<CallContext> = {},
): Promise<Outcome<T>> {
  const handler = methods.unary.get(method);
  if (handler === undefined) throw new Error(`no method ${method}`);
  return (await handler(input, callContext(context))) as Outcome<T>;
}
