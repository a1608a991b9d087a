/** A payment provider in memory, with the token behaviour of the simulator, for tests that need no network. */
import type { Money } from '@ecommercestack/contracts';
import type { CallOutcome, FindOutcome, PaymentProvider, ProviderPayment } from '../domain/provider.ts';

export interface FakeEntry {
  readonly type: 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
  readonly orderId: string;
  readonly amount: Money;
}

export interface FakeProvider extends PaymentProvider {
  /** Everything that happened, in order. */
  readonly ledger: readonly FakeEntry[];
}

interface Stored {
  readonly orderId: string;
  readonly amount: Money;
  readonly token: string;
  readonly payment: ProviderPayment;
}

const lost: CallOutcome = { kind: 'unknown', cause: 'lost' };

export function createFakeProvider(): FakeProvider {
  const ledger: FakeEntry[] = [];
  const byKey = new Map<string, Stored>();
  const answers = new Map<string, CallOutcome>();
  const seen = new Set<string>();

  function stored(providerId: string): Stored | undefined {
    return [...byKey.values()].find(({ payment }) => payment.providerId === providerId);
  }

  function authorise(request: Parameters<PaymentProvider['authorise']>[0]): CallOutcome {
    const { orderId, amount, token, key } = request;
    const first = !seen.has(key);
    seen.add(key);
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (token === 'tok_error') return { kind: 'unknown', cause: 'http-500' };
    if (first && token === 'tok_error_once') return { kind: 'unknown', cause: 'http-500' };
    if (first && token === 'tok_timeout_before_charge') return lost;
    const providerId = `pi_${byKey.size + 1}`;
    const reason = { tok_decline: 'generic_decline', tok_insufficient_funds: 'insufficient_funds' }[token];
    const status = reason === undefined ? 'authorised' : 'declined';
    const payment: ProviderPayment =
      reason === undefined ? { providerId, status } : { providerId, status, reason };
    byKey.set(key, { orderId, amount, token, payment });
    ledger.push({ type: status, orderId, amount });
    const answer: CallOutcome =
      reason === undefined ? { kind: 'approved', providerId } : { kind: 'declined', reason };
    answers.set(key, answer);
    return token === 'tok_timeout_after_charge' ? lost : answer;
  }

  function change(
    request: { readonly providerId: string; readonly key: string },
    from: ProviderPayment['status'],
    to: 'captured' | 'voided' | 'refunded',
  ): CallOutcome {
    const known = answers.get(request.key);
    if (known !== undefined) return known;
    const before = stored(request.providerId);
    if (before === undefined || before.payment.status !== from) {
      return { kind: 'unknown', cause: 'payment_intent_unexpected_state', answered: true };
    }
    if (to === 'captured' && before.token === 'tok_capture_decline') {
      const answer: CallOutcome = { kind: 'declined', reason: 'generic_decline' };
      answers.set(request.key, answer);
      return answer;
    }
    for (const [key, candidate] of byKey) {
      if (candidate === before) byKey.set(key, { ...before, payment: { ...before.payment, status: to } });
    }
    ledger.push({ type: to, orderId: before.orderId, amount: before.amount });
    const answer: CallOutcome = { kind: 'approved', providerId: request.providerId };
    answers.set(request.key, answer);
    return to === 'captured' && before.token === 'tok_capture_timeout' ? lost : answer;
  }

  function find({ authorisationKey }: { readonly authorisationKey: string }): FindOutcome {
    const found = byKey.get(authorisationKey);
    return found === undefined ? { kind: 'not-found' } : { kind: 'found', payment: found.payment };
  }

  return {
    ledger,
    authorise: (request) => Promise.resolve(authorise(request)),
    capture: (request) => Promise.resolve(change(request, 'authorised', 'captured')),
    void: (request) => Promise.resolve(change(request, 'authorised', 'voided')),
    refund: (request) => Promise.resolve(change(request, 'captured', 'refunded')),
    find: (request) => Promise.resolve(find(request)),
  };
}
