/** Units come in. Administrators only; the same idempotency key has one effect. */
import { randomUUID } from 'node:crypto';
import type { inventoryMethods } from '@ecommercestack/contracts';
import type { Clock, Handlers } from '@ecommercestack/kit';
import type { ReadStocks, SubmitCommand } from '../../ports.ts';

export interface RestockOptions {
  readonly submit: SubmitCommand;
  readonly readStocks: ReadStocks;
  readonly clock: Clock;
}

/** Answers with the stock as it is now, also to a repeat. */
export function restock(options: RestockOptions): Handlers<typeof inventoryMethods>['restock'] {
  return async ({ sku, quantity, idempotencyKey }, { actor }) => {
    if (!actor.roles.includes('admin')) {
      return { ok: false, problem: { code: 'forbidden', detail: 'Only administrators may restock.' } };
    }
    const key = idempotencyKey ?? randomUUID();
    const restock = { actor: actor.id, key, sku, quantity, at: options.clock.now() };
    const handled = await options.submit({ command: { kind: 'restock', restock } });
    if (handled.kind === 'handled' && handled.result.result.kind === 'key-reused') {
      const detail = 'The idempotency key was used for another SKU or quantity.';
      return { ok: false, problem: { code: 'idempotency-key-reused', detail } };
    }
    const stock = (await options.readStocks([sku])).get(sku);
    if (stock === undefined) throw new Error(`${sku} was restocked and has no stock`);
    const { available, held, committed, version } = stock;
    return { ok: true, value: { sku, available, held, committed, version } };
  };
}
