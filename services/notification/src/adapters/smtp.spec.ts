import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { MessageChannel } from '../ports.ts';
import { channelContract } from '../spec/channel-contract.ts';
import type { Received } from '../spec/channel-contract.ts';
import { assertRefusals, message, startSmtpServer } from '../spec/smtp-server.ts';
import type { TestSmtpServer } from '../spec/smtp-server.ts';
import { createSmtpChannel } from './smtp.ts';

const open = (port: number) =>
  createSmtpChannel({
    url: `smtp://127.0.0.1:${port}`,
    from: 'Shop <orders@shop.example>',
    timeoutMs: 2_000,
  });

channelContract('SMTP', async () => {
  const received: Received[] = [];
  let server = await startSmtpServer(0, received);
  const { port } = server;
  const channel = open(port);
  return {
    channel,
    received: async () => received,
    breakDown: () => server.close(),
    repair: async () => {
      server = await startSmtpServer(port, received);
    },
    close: async () => {
      await channel.close?.();
      await server.close();
    },
  };
});

void describe('SMTP', () => {
  let server: TestSmtpServer;
  let channel: MessageChannel;

  before(async () => {
    server = await startSmtpServer();
    channel = open(server.port);
  });
  after(async () => {
    await channel.close?.();
    await server.close();
  });

  void it('the Message-ID follows from the key', async () => {
    await channel.deliver(message, '0198/order-confirmed/email');
    assert.equal(server.received.at(-1)?.id, '<0198.order-confirmed.email@shop.example>');
  });

  void it('a permanent answer is a refusal, a temporary one an outage', () =>
    assertRefusals(server, channel));

  void it('an answer that is not about the mail is an outage, however permanent', async () => {
    server.refuseWith(554, 'DATA');
    const refused = { kind: 'refused', reason: 'the mail server refused the message (554)' };
    assert.deepEqual(await channel.deliver(message, 'k/4'), refused);
    for (const [code, step] of [
      [554, 'greeting'],
      [530, 'MAIL FROM'],
      [550, 'MAIL FROM'],
      [503, 'RCPT TO'],
    ] as const) {
      const fresh = open(server.port);
      server.refuseWith(code, step);
      await assert.rejects(fresh.deliver(message, 'k/5'), `${code} to ${step}`);
      server.refuseWith(undefined);
      assert.deepEqual(await fresh.deliver(message, 'k/5'), { kind: 'delivered' });
      await fresh.close?.();
    }
  });

  void it('a mail that was given up is not sent by and by', async () => {
    const slow = await startSmtpServer();
    const patient = createSmtpChannel({
      url: `smtp://127.0.0.1:${slow.port}`,
      from: 'Shop <orders@shop.example>',
      timeoutMs: 60_000,
    });
    const speak = slow.beSilent();
    const over = new AbortController();
    const given = Array.from({ length: 20 }, (_, n) => patient.deliver(message, `k/${n}`, over.signal));
    const outcomes = Promise.allSettled(given);
    await setImmediate();
    over.abort();
    assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
    speak();
    assert.deepEqual(await patient.deliver(message, 'k/again'), { kind: 'delivered' });
    assert.deepEqual(
      slow.received.map(({ id }) => id),
      ['<k.again@shop.example>'],
    );
    await patient.close?.();
    await slow.close();
  });

  void it('an address is one recipient, whatever it looks like', async () => {
    const before = server.received.length;
    const outcome = channel.deliver({ ...message, to: 'ada@customers.example, eve@evil.example' }, 'k/3');
    await outcome.catch(() => undefined);
    assert.doesNotMatch(
      server.received
        .slice(before)
        .map(({ to }) => to)
        .join(),
      /^eve|, eve/,
    );
  });
});
