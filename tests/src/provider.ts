/** What the payment provider itself says: the ledger is the judge of every charge. */
import { readLedger, type LedgerFact } from '@ecommercestack/invariants';
import { fetch } from 'undici';
import type { Platform } from './platform.ts';

export interface Charges {
  /** Minor units. */
  readonly captured: number;
  readonly refunded: number;
  readonly captures: number;
}

/** The provider's own account of an order. */
export async function chargesOf(platform: Platform, orderId: string): Promise<Charges> {
  return (await allCharges(platform)).get(orderId) ?? { captured: 0, refunded: 0, captures: 0 };
}

/** By order; orders the provider has never heard of are absent. */
export async function allCharges({ access }: Platform): Promise<ReadonlyMap<string, Charges>> {
  const byOrder = Map.groupBy(await readLedger(access.providerUrl), (entry) => entry.orderId);
  return new Map([...byOrder].map(([orderId, entries]) => [orderId, chargesIn(entries)]));
}

function chargesIn(entries: readonly LedgerFact[]): Charges {
  const of = (type: string) => entries.filter((entry) => entry.type === type);
  const sum = (list: readonly LedgerFact[]) => list.reduce((total, entry) => total + entry.amount, 0);
  return { captured: sum(of('captured')), refunded: sum(of('refunded')), captures: of('captured').length };
}

/** `errors`: every request fails with 500; `ok`: as the tokens say. */
export async function setProviderMode(
  { access }: Platform,
  mode: 'ok' | 'errors' | 'slow' | 'down',
): Promise<void> {
  const response = await fetch(`${access.providerUrl}/v1/test/mode`, {
    method: 'POST',
    body: new URLSearchParams({ mode }),
  });
  if (response.status !== 200) throw new Error(`The simulator refused the mode: ${response.status}`);
}
