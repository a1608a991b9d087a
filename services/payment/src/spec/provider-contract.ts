/** What every payment provider behind the port must do; one suite for all of them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { PaymentProvider } from '../domain/provider.ts';

const amount = { amount: 1999, currency: 'EUR' };

/** `charges` tells how often an order was authorised, by the provider's own books. */
export function providerContract(
  name: string,
  open: () => { readonly provider: PaymentProvider; readonly charges: (orderId: string) => Promise<number> },
): void {
  describe(`the payment provider: ${name}`, () => {
    const request = (token: string) => {
      const orderId = randomUUID();
      return { orderId, amount, token, key: `${orderId}:authorise` };
    };
    const find = (key: string) => open().provider.find({ authorisationKey: key, amount });

    async function authorised(token = 'tok_ok') {
      const { provider } = open();
      const sent = request(token);
      const outcome = await provider.authorise(sent);
      assert.ok(outcome.kind === 'approved');
      return { ...sent, providerId: outcome.providerId, provider };
    }

    it('authorises once per key', async () => {
      const { provider, charges } = open();
      const sent = request('tok_ok');
      const first = await provider.authorise(sent);
      assert.deepEqual(await provider.authorise(sent), first);
      assert.equal(await charges(sent.orderId), 1);
      assert.ok(first.kind === 'approved');
      const { providerId } = first;
      assert.deepEqual(await find(sent.key), {
        kind: 'found',
        payment: { providerId, status: 'authorised' },
      });
    });

    it('tells a decline with its reason', async () => {
      const { provider } = open();
      const sent = request('tok_insufficient_funds');
      assert.deepEqual(await provider.authorise(sent), { kind: 'declined', reason: 'insufficient_funds' });
      const finding = await find(sent.key);
      assert.ok(finding.kind === 'found');
      assert.equal(finding.payment.status, 'declined');
      assert.equal(finding.payment.reason, 'insufficient_funds');
    });

    it('does not find what it never heard of', async () => {
      assert.deepEqual(await find(randomUUID()), { kind: 'not-found' });
    });

    it('finds a payment by its id when its key is forgotten', async () => {
      const { provider, providerId } = await authorised();
      const found = await provider.find({ authorisationKey: randomUUID(), providerId, amount });
      assert.deepEqual(found, { kind: 'found', payment: { providerId, status: 'authorised' } });
    });

    it('is unknown where the answer was lost after the charge, and a query tells', async () => {
      const { provider, charges } = open();
      const sent = request('tok_timeout_after_charge');
      assert.equal((await provider.authorise(sent)).kind, 'unknown');
      const finding = await find(sent.key);
      assert.equal(finding.kind === 'found' && finding.payment.status, 'authorised');
      assert.equal((await provider.authorise(sent)).kind, 'approved');
      assert.equal(await charges(sent.orderId), 1);
    });

    it('is unknown where the request was lost, and a repeat goes through', async () => {
      const { provider, charges } = open();
      const sent = request('tok_timeout_before_charge');
      assert.equal((await provider.authorise(sent)).kind, 'unknown');
      assert.deepEqual(await find(sent.key), { kind: 'not-found' });
      assert.equal((await provider.authorise(sent)).kind, 'approved');
      assert.equal(await charges(sent.orderId), 1);
    });

    it('is unknown where the provider fails', async () => {
      const { provider, charges } = open();
      const sent = request('tok_error');
      assert.equal((await provider.authorise(sent)).kind, 'unknown');
      assert.equal(await charges(sent.orderId), 0);
    });

    it('captures once, then refunds once', async () => {
      const { provider, providerId, key } = await authorised();
      const capture = { providerId, amount, key: `${key}:c` };
      assert.deepEqual(await provider.capture(capture), { kind: 'approved', providerId });
      assert.deepEqual(await provider.capture(capture), { kind: 'approved', providerId });
      assert.equal(await statusOf(key), 'captured');
      const refund = { providerId, amount, key: `${key}:r` };
      assert.deepEqual(await provider.refund(refund), { kind: 'approved', providerId });
      assert.deepEqual(await provider.refund(refund), { kind: 'approved', providerId });
      assert.equal(await statusOf(key), 'refunded');
    });

    it('voids what is authorised, and tells when it cannot', async () => {
      const { provider, providerId, key } = await authorised();
      assert.deepEqual(await provider.void({ providerId, amount, key: `${key}:v` }), {
        kind: 'approved',
        providerId,
      });
      assert.equal(await statusOf(key), 'voided');
      const late = await provider.capture({ providerId, amount, key: `${key}:c` });
      assert.equal(late.kind, 'unknown');
      assert.equal(late.kind === 'unknown' && late.answered, true);
      const refund = await provider.refund({ providerId, amount, key: `${key}:r` });
      assert.equal(refund.kind, 'unknown');
    });

    it('is unknown where the answer to a capture was lost', async () => {
      const { provider, providerId, key } = await authorised('tok_capture_timeout');
      assert.equal((await provider.capture({ providerId, amount, key: `${key}:c` })).kind, 'unknown');
      assert.equal(await statusOf(key), 'captured');
    });

    it('tells a declined capture, after which a void works', async () => {
      const { provider, providerId, key } = await authorised('tok_capture_decline');
      assert.equal((await provider.capture({ providerId, amount, key: `${key}:c` })).kind, 'declined');
      assert.equal((await provider.void({ providerId, amount, key: `${key}:v` })).kind, 'approved');
    });

    async function statusOf(key: string): Promise<string | undefined> {
      const finding = await find(key);
      return finding.kind === 'found' ? finding.payment.status : undefined;
    }
  });
}
