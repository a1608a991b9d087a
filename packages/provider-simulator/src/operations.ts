/** What each request may do: validation and rules, as a plan that the server then carries out. */
import { randomBytes } from 'node:crypto';
import type { Book, Intent, NewEntry } from './book.ts';
import type { Form } from './form.ts';
import { tokenBehaviours } from './tokens.ts';
import type { TokenBehaviour } from './tokens.ts';

export interface StripeError {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'idempotency_error' | 'api_error';
  readonly code: string;
  readonly message: string;
  readonly param?: string;
}

export type Plan =
  | { readonly kind: 'refuse'; readonly error: StripeError }
  | {
      readonly kind: 'commit';
      readonly entry: NewEntry;
      readonly before: TokenBehaviour['before'] | undefined;
      readonly loseAnswer: boolean;
      readonly webhook: TokenBehaviour['webhook'] | undefined;
    };

export function refuse(code: string, message: string, param?: string): Plan {
  const error: StripeError = { status: 400, type: 'invalid_request_error', code, message };
  return { kind: 'refuse', error: param === undefined ? error : { ...error, param } };
}

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
const maxAmount = 99_999_999;

/** A whole positive number of minor units, as Stripe bounds it; undefined for anything else. */
function amountOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[1-9]\d{0,7}$/.test(text)) return undefined;
  const amount = Number(text);
  return amount <= maxAmount ? amount : undefined;
}

function unknownField(form: Form, known: readonly string[]): Plan | undefined {
  const field = form.fields.keys().find((name) => !known.includes(name));
  return field === undefined
    ? undefined
    : refuse('parameter_unknown', `Received unknown parameter: ${field}`, field);
}

export function planCreate(form: Form): Plan {
  const unknown = unknownField(form, [
    'amount',
    'currency',
    'payment_method',
    'capture_method',
    'confirm',
    'description',
  ]);
  if (unknown !== undefined) return unknown;
  const amount = amountOf(form.fields.get('amount'));
  if (amount === undefined) return refuse('parameter_invalid_integer', 'Invalid amount', 'amount');
  const currency = form.fields.get('currency')?.toLowerCase();
  if (currency === undefined || !/^[a-z]{3}$/.test(currency)) {
    return refuse('parameter_invalid_string', 'Invalid currency', 'currency');
  }
  if (form.fields.get('capture_method') !== 'manual') {
    return refuse('parameter_invalid_string', 'Only manual capture is supported', 'capture_method');
  }
  if (form.fields.get('confirm') !== 'true') {
    return refuse('parameter_invalid_string', 'Only confirm=true is supported', 'confirm');
  }
  const token = form.fields.get('payment_method') ?? '';
  const behaviour = tokenBehaviours.get(token);
  if (behaviour === undefined) return refuse('resource_missing', 'No such payment method', 'payment_method');
  const common = { payment_intent: newId('pi'), amount, currency, token, metadata: form.metadata };
  const entry: NewEntry =
    behaviour.decline === undefined
      ? { type: 'authorised', ...common }
      : { type: 'declined', ...common, decline_code: behaviour.decline };
  return commit(entry, behaviour, behaviour.loseAnswer === 'authorise', behaviour.before);
}

export function planCapture(form: Form, intent: Intent): Plan {
  const unknown = unknownField(form, ['amount_to_capture']);
  if (unknown !== undefined) return unknown;
  if (intent.status !== 'requires_capture') return unexpectedState(intent, 'captured');
  const text = form.fields.get('amount_to_capture');
  const amount = text === undefined ? intent.amount_capturable : amountOf(text);
  if (amount === undefined || amount > intent.amount_capturable) {
    return refuse('amount_too_large', 'Invalid amount_to_capture', 'amount_to_capture');
  }
  const behaviour = behaviourOf(intent);
  const entry = entryFor(intent, amount);
  if (behaviour.captureDeclines === true) {
    return commit({ type: 'capture_declined', ...entry, decline_code: 'generic_decline' }, behaviour, false);
  }
  return commit({ type: 'captured', ...entry }, behaviour, behaviour.loseAnswer === 'capture');
}

export function planCancel(form: Form, intent: Intent): Plan {
  const unknown = unknownField(form, ['cancellation_reason']);
  if (unknown !== undefined) return unknown;
  if (intent.status === 'canceled' || intent.status === 'succeeded')
    return unexpectedState(intent, 'canceled');
  return commit(
    { type: 'canceled', ...entryFor(intent, intent.amount_capturable) },
    behaviourOf(intent),
    false,
  );
}

export function planRefund(form: Form, book: Book): Plan {
  const unknown = unknownField(form, ['payment_intent', 'amount', 'reason']);
  if (unknown !== undefined) return unknown;
  const id = form.fields.get('payment_intent') ?? '';
  const intent = book.intents.get(id);
  if (intent === undefined) return refuse('resource_missing', 'No such payment_intent', 'payment_intent');
  if (intent.status !== 'succeeded') return unexpectedState(intent, 'refunded');
  const left = intent.amount_received - intent.latest_charge.amount_refunded;
  if (left === 0) return refuse('charge_already_refunded', 'The charge has already been refunded');
  const text = form.fields.get('amount');
  const amount = text === undefined ? left : amountOf(text);
  if (amount === undefined || amount > left) return refuse('amount_too_large', 'Invalid amount', 'amount');
  return commit(
    { type: 'refunded', ...entryFor(intent, amount), refund: newId('re') },
    behaviourOf(intent),
    false,
  );
}

function entryFor(intent: Intent, amount: number): Omit<NewEntry, 'type'> {
  return { payment_intent: intent.id, amount, currency: intent.currency, token: intent.payment_method };
}

function behaviourOf(intent: Intent): TokenBehaviour {
  const behaviour = tokenBehaviours.get(intent.payment_method);
  if (behaviour === undefined) throw new Error(`the ledger holds an unknown token of ${intent.id}`);
  return behaviour;
}

function commit(
  entry: NewEntry,
  behaviour: TokenBehaviour,
  loseAnswer: boolean,
  before?: TokenBehaviour['before'],
): Plan {
  return { kind: 'commit', entry, loseAnswer, before, webhook: behaviour.webhook };
}

function unexpectedState(intent: Intent, verb: string): Plan {
  const message = `This PaymentIntent could not be ${verb} because it has a status of ${intent.status}.`;
  return refuse('payment_intent_unexpected_state', message);
}
