/** The provider without its HTTP: carries out plans one key at a time, durable before any answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { createBook } from './book.ts';
import type { Book, Intent, LedgerEntry, NewEntry } from './book.ts';
import { openLedger } from './ledger.ts';
import type { Plan, StripeError } from './operations.ts';
import { tokenBehaviours } from './tokens.ts';
import type { TokenBehaviour } from './tokens.ts';
import { createWebhooks } from './webhooks.ts';
import type { WebhookTarget } from './webhooks.ts';

export type { WebhookTarget } from './webhooks.ts';

export type Mode = 'ok' | 'errors' | 'slow' | 'down';

export interface Behaviour {
  readonly mode: Mode;
  /** How long `tok_slow` and the mode `slow` wait. */
  readonly slowMs: number;
  /** How long a lost request keeps its connection open, before it is cut. */
  readonly hangMs: number;
  readonly webhook: WebhookTarget | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Simulator {
  readonly book: Book;
  behaviour: Behaviour;
  /** `undefined`: the answer is lost. `plan` is called only if the key is new. */
  execute(key: string | undefined, request: string, plan: () => Plan): Promise<Answer | undefined>;
  /** Resolves when all that the book shows is on the disk. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export function errorAnswer({ status, ...error }: StripeError): Answer {
  return { status, body: JSON.stringify({ error }) };
}

export const serverError: StripeError = {
  status: 500,
  type: 'api_error',
  code: 'internal_error',
  message: 'An error occurred on our side.',
};

export async function openSimulator(dataDir: string, initial: Behaviour): Promise<Simulator> {
  const { ledger, entries } = await openLedger(dataDir, 'ledger.ndjson');
  const book = createBook();
  for (const entry of entries) book.apply(entry as LedgerEntry);
  const webhooks = await createWebhooks(dataDir, () => simulator.behaviour.webhook);
  const inFlight = new Set<string>();
  const seen = new Set<string>();

  function firstTime(key: string | undefined): boolean {
    if (key === undefined || seen.has(key)) return false;
    seen.add(key);
    return true;
  }

  async function carryOut(
    plan: Plan,
    key: string | undefined,
    fingerprint: string,
  ): Promise<Answer | undefined> {
    if (plan.kind === 'refuse') return errorAnswer(plan.error);
    if (plan.before === 'error') return errorAnswer(serverError);
    if (plan.before === 'error-once' && firstTime(key)) return errorAnswer(serverError);
    if (plan.before === 'lose-once' && firstTime(key)) return undefined;
    if (plan.before === 'slow') await sleep(simulator.behaviour.slowMs);
    const entry = entryOf(book, plan.entry, key === undefined ? undefined : { key, fingerprint });
    const answer = book.apply(entry);
    const changed = book.intents.get(entry.payment_intent);
    await ledger.append(entry);
    const delivered = notify(entry, changed, plan.webhook);
    if (plan.webhook === 'early') await Promise.race([delivered, sleep(2000, undefined, { ref: false })]);
    return plan.loseAnswer ? undefined : answer;
  }

  async function notify(
    entry: LedgerEntry,
    intent: Intent | undefined,
    webhook: TokenBehaviour['webhook'],
  ): Promise<void> {
    if (webhook === undefined || intent === undefined) return;
    await webhooks.deliver(entry, intent);
    if (webhook === 'twice') await webhooks.deliver(entry, intent);
  }

  const simulator: Simulator = {
    book,
    behaviour: initial,
    async execute(key, request, plan) {
      const fingerprint = createHash('sha256').update(request).digest('base64url');
      if (key === undefined) return await carryOut(plan(), key, fingerprint);
      if (inFlight.has(key)) return errorAnswer(keyInUse);
      const stored = book.answers.get(key);
      if (stored !== undefined) return stored.fingerprint === fingerprint ? stored : errorAnswer(keyReused);
      inFlight.add(key);
      return await carryOut(plan(), key, fingerprint).finally(() => inFlight.delete(key));
    },
    settled: () => ledger.settled(),
    async close() {
      await webhooks.close();
      await ledger.close();
    },
  };
  for (const entry of webhooks.undelivered(book.entries)) {
    void notify(entry, book.intents.get(entry.payment_intent), tokenBehaviours.get(entry.token)?.webhook);
  }
  return simulator;
}

function entryOf(
  book: Book,
  entry: NewEntry,
  request: { readonly key: string; readonly fingerprint: string } | undefined,
): LedgerEntry {
  const intent = book.intents.get(entry.payment_intent);
  const order_id = entry.metadata?.['order_id'] ?? intent?.metadata['order_id'] ?? null;
  return { seq: book.entries.length + 1, at: Date.now(), ...entry, order_id, ...request };
}

const keyInUse: StripeError = {
  status: 409,
  type: 'idempotency_error',
  code: 'idempotency_key_in_use',
  message: 'A request with the same Idempotency-Key is being processed.',
};

const keyReused: StripeError = {
  status: 400,
  type: 'idempotency_error',
  code: 'idempotency_key_reused',
  message: 'Keys can only be used with the parameters of their first request.',
};
