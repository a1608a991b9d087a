import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
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
