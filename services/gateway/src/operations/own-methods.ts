/** Lets the gateway answer routes itself, by the same way in which it asks the services. */
import type { Invoker, MethodTable } from '@ecommercestack/kit';

/** Calls of `appIds` are answered by `methods`; all others go where they went. */
export function withOwnMethods(invoker: Invoker, appIds: readonly string[], methods: MethodTable): Invoker {
  return {
    stream: (...call) => invoker.stream(...call),
    call: (appId, method, input, context) => {
      if (!appIds.includes(appId)) return invoker.call(appId, method, input, context);
      const handler = methods.unary.get(method);
      if (handler === undefined) throw new Error(`the gateway has no method ${method}`);
      return handler(input, context);
    },
  };
}

export function joinMethods(...tables: readonly MethodTable[]): MethodTable {
  return {
    unary: new Map(tables.flatMap(({ unary }) => [...unary])),
    stream: new Map(tables.flatMap(({ stream }) => [...stream])),
  };
}
