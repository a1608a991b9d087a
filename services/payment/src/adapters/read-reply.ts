/** What a reply of the provider means. It is untrusted: what cannot be is an unknown outcome, never a success. */
import type { Money } from '@ecommercestack/contracts';
import type { Operation } from '../domain/payment.ts';
import type { CallOutcome } from '../domain/provider.ts';
import type { Reply } from './http-client.ts';
import { errorBody, intent, isSameAmount, parseBody } from './stripe-shapes.ts';
import type { Intent } from './stripe-shapes.ts';

export function createReplyReader(onContradiction: (operation: Operation | 'find') => void) {
  function contradiction(operation: Operation | 'find', cause: string): { kind: 'unknown'; cause: string } {
    onContradiction(operation);
    return { kind: 'unknown', cause };
  }

  /** An intent in the status that the operation leads to, and of the amount it is about. */
  function approval(
    operation: Operation | 'find',
    reply: Reply,
    expected: Intent['status'],
    amount: Money,
  ): CallOutcome {
    if (reply.kind !== 'answer' || reply.status !== 200) return failure(operation, reply);
    const seen = parseBody(intent, reply.body);
    if (seen === undefined) return contradiction(operation, 'unreadable-answer');
    if (!isSameAmount(seen, amount)) return contradiction(operation, 'wrong-amount');
    if (seen.status !== expected) return contradiction(operation, `status-${seen.status}`);
    if (expected === 'succeeded' && seen.amount_received !== amount.amount) {
      return contradiction(operation, 'wrong-amount');
    }
    return { kind: 'approved', providerId: seen.id };
  }

  function failure(operation: Operation | 'find', reply: Reply): Exclude<CallOutcome, { kind: 'approved' }> {
    if (reply.kind === 'unreachable') return { kind: 'failed', cause: reply.cause };
    if (reply.kind === 'lost') return { kind: 'unknown', cause: reply.cause };
    const { status, body } = reply;
    if (status === 401 || status === 403 || status === 429)
      return { kind: 'failed', cause: `http-${status}` };
    if (status >= 500) return { kind: 'unknown', cause: `http-${status}` };
    const error = parseBody(errorBody, body)?.error;
    if (error === undefined) return contradiction(operation, `http-${status}`);
    if (status === 402) return { kind: 'declined', reason: error.decline_code ?? error.code };
    // Only the request that creates a payment may be refused for good: with it nothing came into being.
    if (status === 400 && operation === 'authorise' && error.type === 'invalid_request_error') {
      return { kind: 'declined', reason: error.param === 'payment_method' ? 'invalid_token' : error.code };
    }
    return { kind: 'unknown', cause: error.code, answered: true };
  }

  return { approval, failure, contradiction };
}
