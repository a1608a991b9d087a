/** A payment provider in memory, with the token behaviour of the simulator, for specs that need no network. */
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

interface Account {
  readonly orderId: string;
  readonly amount: Money;
  readonly token: string;
  readonly key: string;
  payment: ProviderPayment;
}

type Authorise = Parameters<PaymentProvider['authorise']>[0];

const lost: CallOutcome = { kind: 'unknown', cause: 'lost' };
const declines: Readonly<Record<string, string>> = {
  tok_decline: 'generic_decline',
  tok_insufficient_funds: 'insufficient_funds',
};

export function createFakeProvider(): FakeProvider {
  const ledger: FakeEntry[] = [];
  const accounts: Account[] = [];
  const answers = new Map<string, CallOutcome>();
  const failed = new Set<string>();

  /** What a key was answered first; the first answer of some is lost on its way. */
  function once(key: string, act: () => CallOutcome, loses: boolean): CallOutcome {
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = act();
    if (answer.kind === 'unknown') return answer;
    answers.set(key, answer);
    return loses ? lost : answer;
  }

  function open({ orderId, amount, token, key }: Authorise): CallOutcome {
    const retried = failed.has(key) && token !== 'tok_error';
    if (['tok_error', 'tok_error_once', 'tok_timeout_before_charge'].includes(token) && !retried) {
      failed.add(key);
      return lost;
    }
    const providerId = `pi_${accounts.length + 1}`;
    const reason = declines[token];
    const payment: ProviderPayment =
      reason === undefined
        ? { providerId, status: 'authorised' }
        : { providerId, status: 'declined', reason };
    accounts.push({ orderId, amount, token, key, payment });
    ledger.push({ type: reason === undefined ? 'authorised' : 'declined', orderId, amount });
    return reason === undefined ? { kind: 'approved', providerId } : { kind: 'declined', reason };
  }

  function change(providerId: string, from: string, to: 'captured' | 'voided' | 'refunded'): CallOutcome {
    const account = accounts.find(({ payment }) => payment.providerId === providerId);
    if (account === undefined || account.payment.status !== from) {
      return { kind: 'unknown', cause: 'payment_intent_unexpected_state', answered: true };
    }
    if (to === 'captured' && account.token === 'tok_capture_decline') {
      return { kind: 'declined', reason: 'generic_decline' };
    }
    account.payment = { providerId, status: to };
    ledger.push({ type: to, orderId: account.orderId, amount: account.amount });
    return { kind: 'approved', providerId };
  }

  const losesCapture = (providerId: string): boolean =>
    accounts.some(
      ({ payment, token }) => payment.providerId === providerId && token === 'tok_capture_timeout',
    );

  function find(authorisationKey: string, providerId: string | undefined): FindOutcome {
    const account = accounts.find(({ key, payment }) =>
      providerId === undefined ? key === authorisationKey : payment.providerId === providerId,
    );
    return account === undefined ? { kind: 'not-found' } : { kind: 'found', payment: account.payment };
  }

  return {
    ledger,
    authorise: async (request) =>
      once(request.key, () => open(request), request.token === 'tok_timeout_after_charge'),
    capture: async ({ providerId, key }) =>
      once(key, () => change(providerId, 'authorised', 'captured'), losesCapture(providerId)),
    void: async ({ providerId, key }) => once(key, () => change(providerId, 'authorised', 'voided'), false),
    refund: async ({ providerId, key }) => once(key, () => change(providerId, 'captured', 'refunded'), false),
    find: async ({ authorisationKey, providerId }) => find(authorisationKey, providerId),
  };
}
