/** Delivers signed events at least once, also across a restart of the simulator. */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Intent, LedgerEntry } from './book.ts';
import { openLedger } from './ledger.ts';

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface Webhooks {
  /** Resolves when the event was accepted, or when attempts end because the simulator closes. */
  deliver(entry: LedgerEntry, intent: Intent): Promise<void>;
  /** Entries whose delivery was not confirmed before the last stop. */
  undelivered(entries: readonly LedgerEntry[]): LedgerEntry[];
  close(): Promise<void>;
}

const eventTypes: Record<LedgerEntry['type'], string> = {
  authorised: 'payment_intent.amount_capturable_updated',
  declined: 'payment_intent.payment_failed',
  captured: 'payment_intent.succeeded',
  capture_declined: 'payment_intent.payment_failed',
  canceled: 'payment_intent.canceled',
  refunded: 'charge.refunded',
};

/** `Stripe-Signature` of a body: `t` is Unix time in seconds, `v1` is HMAC-SHA256 of `<t>.<body>` in hex. */
export function signWebhook(secret: string, body: string, t: number): string {
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

export async function createWebhooks(
  dataDir: string,
  target: () => WebhookTarget | undefined,
): Promise<Webhooks> {
  const { ledger, entries } = await openLedger(dataDir, 'webhooks.ndjson');
  const delivered = new Set(entries.map((entry) => (entry as { seq: number }).seq));
  const closing = new AbortController();
  const open = new Set<Promise<void>>();

  async function attempts(entry: LedgerEntry, body: string): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      const to = target();
      if (to !== undefined && (await post(to, body, closing.signal))) {
        await ledger.append({ seq: entry.seq });
        return;
      }
      await sleep(Math.min(100 * 2 ** attempt, 10_000), undefined, {
        signal: closing.signal,
        ref: false,
      }).catch(ignoreAbort);
    }
  }

  return {
    deliver(entry, intent) {
      const event = {
        id: `evt_${entry.payment_intent.slice(3)}_${entry.seq}`,
        object: 'event',
        type: eventTypes[entry.type],
        created: Math.floor(entry.at / 1000),
        data: { object: intent },
      };
      const delivery = attempts(entry, JSON.stringify(event)).finally(() => open.delete(delivery));
      open.add(delivery);
      return delivery;
    },
    undelivered: (all) => all.filter((entry) => !delivered.has(entry.seq)),
    async close() {
      closing.abort();
      await Promise.all(open);
      await ledger.close();
    },
  };
}

async function post(to: WebhookTarget, body: string, signal: AbortSignal): Promise<boolean> {
  const headers = {
    'content-type': 'application/json',
    'stripe-signature': signWebhook(to.secret, body, Math.floor(Date.now() / 1000)),
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
  // An endpoint that cannot be reached counts as one that refused: the attempt is repeated.
  const response = await fetch(to.url, { method: 'POST', headers, body, signal: limit }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return response?.ok ?? false;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
