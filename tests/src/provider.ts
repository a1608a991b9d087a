/** What the payment provider itself says: the ledger is the judge of every charge. */
import { fetch } from 'undici';
import type { Platform } from './platform.ts';

interface Entry {
  readonly seq: number;
  readonly type: string;
  readonly order_id: string | null;
  readonly amount: number;
}

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
export async function allCharges(platform: Platform): Promise<ReadonlyMap<string, Charges>> {
  const byOrder = Map.groupBy(await ledger(platform), (entry) => entry.order_id ?? '');
  return new Map([...byOrder].map(([orderId, entries]) => [orderId, chargesIn(entries)]));
}

function chargesIn(entries: readonly Entry[]): Charges {
  const of = (type: string) => entries.filter((entry) => entry.type === type);
  const sum = (list: readonly Entry[]) => list.reduce((total, entry) => total + entry.amount, 0);
  return { captured: sum(of('captured')), refunded: sum(of('refunded')), captures: of('captured').length };
}

async function ledger({ access }: Platform): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? 0;
    const response = await fetch(`${access.providerUrl}/v1/ledger?after=${after}&limit=10000`);
    const page = (await response.json()) as { data: Entry[]; has_more: boolean };
    entries.push(...page.data);
    if (!page.has_more) return entries;
  }
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
