/** What cannot be answered because a store is away is refused with its own code: the caller may come back. */
import type { MethodTable, Outcome } from '@ecommercestack/kit';
import { Unavailable } from './domain/unavailable.ts';
import type { Part } from './domain/unavailable.ts';

const CODES = {
  'product-store': 'products-unavailable',
  'search-index': 'search-unavailable',
} as const satisfies Record<Part, string>;

export function refuseOutages({ unary, stream }: MethodTable): MethodTable {
  return {
    stream,
    unary: new Map(
      [...unary].map(([name, handle]) => [
        name,
        async (input, context) => {
          try {
            return await handle(input, context);
          } catch (error) {
            if (error instanceof Unavailable) return refusalOf(error);
            throw error;
          }
        },
      ]),
    ),
  };
}

function refusalOf({ part }: Unavailable): Outcome<never> {
  return { ok: false, problem: { code: CODES[part], detail: 'Try again later.' } };
}
