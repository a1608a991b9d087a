/** The state of all payments: a fold of the ledger. Pure but for the maps it owns. */

export interface LedgerEntry {
  /** 1-based, gapless. */
  readonly seq: number;
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly type: 'authorised' | 'declined' | 'captured' | 'capture_declined' | 'canceled' | 'refunded';
  readonly payment_intent: string;
  readonly order_id: string | null;
  /** Minor units: authorised, captured, released or refunded by this entry. */
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly decline_code?: string;
  readonly refund?: string;
  readonly key?: string;
  readonly fingerprint?: string;
}

export type NewEntry = Omit<LedgerEntry, 'seq' | 'at' | 'order_id' | 'key' | 'fingerprint'>;

export interface Intent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly currency: string;
  readonly status: 'requires_payment_method' | 'requires_capture' | 'succeeded' | 'canceled';
  readonly capture_method: 'manual';
  readonly payment_method: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Unix time in seconds. */
  readonly created: number;
  readonly last_payment_error: { readonly code: string; readonly decline_code: string } | null;
  readonly latest_charge: {
    readonly object: 'charge';
    readonly amount_refunded: number;
    readonly refunded: boolean;
  };
}

/** The first answer given to an idempotency key. */
export interface StoredAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly intent: string;
}

export interface Book {
  readonly entries: readonly LedgerEntry[];
  readonly intents: ReadonlyMap<string, Intent>;
  readonly answers: ReadonlyMap<string, StoredAnswer>;
  readonly intentsOfOrder: ReadonlyMap<string, readonly string[]>;
  /** Adds an entry and returns the answer to the request that caused it. */
  apply(entry: LedgerEntry): { readonly status: number; readonly body: string };
}

export function createBook(): Book {
  const entries: LedgerEntry[] = [];
  const intents = new Map<string, Intent>();
  const answers = new Map<string, StoredAnswer>();
  const intentsOfOrder = new Map<string, string[]>();
  return {
    entries,
    intents,
    answers,
    intentsOfOrder,
    apply(entry) {
      if (entry.seq !== entries.length + 1) throw new Error(`ledger entry ${entry.seq} is out of sequence`);
      entries.push(entry);
      const before = intents.get(entry.payment_intent);
      const intent = nextIntent(before, entry);
      intents.set(intent.id, intent);
      if (before === undefined && entry.order_id !== null) {
        intentsOfOrder.set(entry.order_id, [...(intentsOfOrder.get(entry.order_id) ?? []), intent.id]);
      }
      const answer = answerOf(entry, intent);
      if (entry.key !== undefined && entry.fingerprint !== undefined) {
        answers.set(entry.key, { ...answer, fingerprint: entry.fingerprint, intent: intent.id });
      }
      return answer;
    },
  };
}

function nextIntent(intent: Intent | undefined, entry: LedgerEntry): Intent {
  if (entry.type === 'authorised' || entry.type === 'declined') return newIntent(entry);
  if (intent === undefined) throw new Error(`ledger entry ${entry.seq} names an unknown payment`);
  switch (entry.type) {
    case 'captured':
      return { ...intent, status: 'succeeded', amount_capturable: 0, amount_received: entry.amount };
    case 'capture_declined':
      return intent;
    case 'canceled':
      return { ...intent, status: 'canceled', amount_capturable: 0 };
    case 'refunded': {
      const amount_refunded = intent.latest_charge.amount_refunded + entry.amount;
      const refunded = amount_refunded === intent.amount_received;
      return { ...intent, latest_charge: { object: 'charge', amount_refunded, refunded } };
    }
  }
}

function newIntent(entry: LedgerEntry): Intent {
  const approved = entry.type === 'authorised';
  return {
    id: entry.payment_intent,
    object: 'payment_intent',
    amount: entry.amount,
    amount_capturable: approved ? entry.amount : 0,
    amount_received: 0,
    currency: entry.currency,
    status: approved ? 'requires_capture' : 'requires_payment_method',
    capture_method: 'manual',
    payment_method: entry.token,
    metadata: entry.metadata ?? {},
    created: Math.floor(entry.at / 1000),
    last_payment_error: approved
      ? null
      : { code: 'card_declined', decline_code: entry.decline_code ?? 'generic_decline' },
    latest_charge: { object: 'charge', amount_refunded: 0, refunded: false },
  };
}

function answerOf(entry: LedgerEntry, intent: Intent): { status: number; body: string } {
  switch (entry.type) {
    case 'declined':
    case 'capture_declined': {
      const decline_code = entry.decline_code ?? 'generic_decline';
      const message = 'Your card was declined.';
      const error = {
        type: 'card_error',
        code: 'card_declined',
        decline_code,
        message,
        payment_intent: intent,
      };
      return { status: 402, body: JSON.stringify({ error }) };
    }
    case 'refunded':
      return {
        status: 200,
        body: JSON.stringify({
          id: entry.refund,
          object: 'refund',
          amount: entry.amount,
          currency: entry.currency,
          payment_intent: intent.id,
          status: 'succeeded',
        }),
      };
    case 'authorised':
    case 'captured':
    case 'canceled':
      return { status: 200, body: JSON.stringify(intent) };
  }
}
