/** What the simulator does with each test token. The README's table is compared with this one by a spec. */

export interface TokenBehaviour {
  readonly summary: string;
  /** Answer 402 with this decline code and record the decline. */
  readonly decline?: string;
  /** Before anything is recorded: wait, fail, or swallow the request. `-once` counts per idempotency key. */
  readonly before?: 'slow' | 'error' | 'error-once' | 'lose-once';
  /** The operation is recorded, its answer never arrives. A repeat with the same key is answered. */
  readonly loseAnswer?: 'authorise' | 'capture';
  readonly captureDeclines?: true;
  /** `early`: delivered before the answer of the request that caused it. */
  readonly webhook?: 'once' | 'twice' | 'early';
}

export const tokenBehaviours: ReadonlyMap<string, TokenBehaviour> = new Map<string, TokenBehaviour>([
  ['tok_ok', { summary: 'authorises at once' }],
  ['tok_decline', { summary: 'declines (402, generic_decline)', decline: 'generic_decline' }],
  [
    'tok_insufficient_funds',
    { summary: 'declines (402, insufficient_funds)', decline: 'insufficient_funds' },
  ],
  ['tok_slow', { summary: 'authorises after a wait (2 s, settable)', before: 'slow' }],
  ['tok_timeout_after_charge', { summary: 'authorises, the answer is lost', loseAnswer: 'authorise' }],
  [
    'tok_timeout_before_charge',
    { summary: 'the first request of a key is lost, a repeat authorises', before: 'lose-once' },
  ],
  ['tok_error', { summary: 'always fails (500), nothing recorded', before: 'error' }],
  ['tok_error_once', { summary: 'fails once per key (500), then authorises', before: 'error-once' }],
  [
    'tok_capture_timeout',
    { summary: 'authorises; the capture is recorded, its answer is lost', loseAnswer: 'capture' },
  ],
  ['tok_capture_decline', { summary: 'authorises; every capture declines (402)', captureDeclines: true }],
  ['tok_webhook', { summary: 'authorises; each change sends its webhook', webhook: 'once' }],
  ['tok_webhook_duplicate', { summary: 'authorises; each webhook is sent twice', webhook: 'twice' }],
  ['tok_webhook_early', { summary: 'authorises; the webhook arrives before the answer', webhook: 'early' }],
]);
