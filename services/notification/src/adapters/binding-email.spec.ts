import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { message } from '../spec/smtp-server.ts';
import { createBindingChannel } from './binding-email.ts';

function open(send: (subject: string) => Promise<void>, timeoutMs = 60_000) {
  const binding = { send: async ({ subject }: { subject: string }) => send(subject), close: async () => {} };
  return createBindingChannel({ binding, from: 'Shop <orders@shop.example>', timeoutMs });
}

void describe('e-mail through a binding', () => {
  void it('goes out one at a time, also after one that failed', async () => {
    let sending = 0;
    const sent: string[] = [];
    const channel = open(async (subject) => {
      sending += 1;
      assert.equal(sending, 1, 'two mails at the same time');
      await new Promise(setImmediate);
      sending -= 1;
      if (subject === '2') throw new Error('an outage');
      sent.push(subject);
    });
    const deliveries = ['1', '2', '3', '4'].map((subject) =>
      channel.deliver({ ...message, subject }, subject),
    );
    const results = await Promise.allSettled(deliveries);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual(sent, ['1', '3', '4']);
  });

  void it('one that hangs holds up the others no longer than its time limit', async () => {
    const channel = open((subject) => (subject === 'hangs' ? new Promise(() => {}) : Promise.resolve()), 1);
    const hanging = channel.deliver({ ...message, subject: 'hangs' }, 'k/1');
    const next = channel.deliver(message, 'k/2');
    await assert.rejects(hanging, { name: 'LateError' });
    assert.deepEqual(await next, { kind: 'delivered' });
  });
});
