/** Reads the payment provider's own account, page by page. */
import { fetch } from 'undici';
import { z } from 'zod';
import type { LedgerFact } from './facts.ts';

const PAGE = 10_000;

const ledgerPage = z.object({
  data: z.array(
    z.object({
      seq: z.int(),
      at: z.number(),
      type: z.enum(['authorised', 'declined', 'captured', 'capture_declined', 'canceled', 'refunded']),
      payment_intent: z.string(),
      order_id: z.string().nullable(),
      amount: z.int(),
      currency: z.string(),
    }),
  ),
  has_more: z.boolean(),
});

export interface LedgerWindow {
  /** Older entries are left out. */
  readonly since: Date;
  /** Entries up to this one are known to be older. */
  readonly after: number;
}

/** Oldest first. `after`: where a later window, which begins no earlier, may begin to read. */
export async function readLedgerSince(
  providerUrl: string,
  { since, after: start }: LedgerWindow,
): Promise<{ readonly facts: readonly LedgerFact[]; readonly after: number }> {
  const facts: LedgerFact[] = [];
  let older = start;
  for (let after = start; ;) {
    const address = `${providerUrl}/v1/ledger?after=${after}&limit=${PAGE}`;
    const response = await fetch(address, { redirect: 'error' });
    const page = ledgerPage.parse(await response.json());
    for (const { seq, at, order_id, payment_intent, type, amount, currency } of page.data) {
      after = seq;
      if (at < since.getTime()) {
        if (facts.length === 0) older = seq;
      } else if (order_id !== null) {
        facts.push({ orderId: order_id, type, amount, currency, intent: payment_intent });
      }
    }
    if (!page.has_more) return { facts, after: older };
  }
}

/** All of it. */
export async function readLedger(providerUrl: string): Promise<readonly LedgerFact[]> {
  return (await readLedgerSince(providerUrl, { since: new Date(0), after: 0 })).facts;
}
