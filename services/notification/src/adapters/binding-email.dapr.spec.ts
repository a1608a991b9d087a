import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSidecar } from '@ecommercestack/tests/sidecar';
import type { MessageChannel } from '../ports.ts';
import { channelContract } from '../spec/channel-contract.ts';
import type { Received } from '../spec/channel-contract.ts';
import { assertRefusals, message as plain, startSmtpServer } from '../spec/smtp-server.ts';
import type { TestSmtpServer } from '../spec/smtp-server.ts';
import { createBindingChannel } from './binding-email.ts';
import { openDaprMailBinding } from './dapr-mail-binding.ts';

const TOKEN = 'the token of the sidecar';

const emailBinding = (port: number) => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: email }
spec:
  type: bindings.smtp
  version: v1
  metadata:
    - { name: host, value: 127.0.0.1 }
    - { name: port, value: "${port}" }
`;

/** A channel to a mail server on this port, through a sidecar of its own. */
async function openChannel(port: number) {
  const dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-mail-'));
  const resources = { 'email.yaml': emailBinding(port) };
  const sidecar = await startSidecar({ dir, appId: 'notification', resources, apiToken: TOKEN });
  const channel = createBindingChannel({
    binding: openDaprMailBinding({ name: 'email', port: sidecar.httpPort, apiToken: TOKEN }),
    from: 'Shop <orders@shop.example>',
    timeoutMs: 10_000,
  });
  const close = async (): Promise<void> => {
    await channel.close?.();
    await sidecar.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { channel, close };
}

/** What a mail program shows of it. */
function shown({ body, ...mail }: Received): Received {
  const [, text = '', reference = ''] = /<pre[^>]*>(.*)<\/pre><p>Reference: (.*)<\/p>/s.exec(body) ?? [];
  const unescaped = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return { ...mail, id: reference, body: unescaped };
}

channelContract('SMTP binding of a sidecar', async () => {
  const received: Received[] = [];
  let server = await startSmtpServer(0, received);
  const { channel, close } = await openChannel(server.port);
  return {
    channel,
    received: async () => received.map(shown),
    breakDown: () => server.close(),
    repair: async () => {
      server = await startSmtpServer(server.port, received);
    },
    close: async () => {
      await close();
      await server.close();
    },
  };
});

void describe('SMTP binding of a sidecar', () => {
  let server: TestSmtpServer;
  let channel: MessageChannel;
  let close: () => Promise<void>;
  const message = { ...plain, body: '<b>bold & brave</b>' };

  before(async () => {
    server = await startSmtpServer();
    ({ channel, close } = await openChannel(server.port));
  });
  after(async () => {
    await close();
    await server.close();
  });

  void it('a permanent answer is a refusal, a temporary one an outage', () =>
    assertRefusals(server, channel));

  void it('an address is one recipient, whatever it looks like', async () => {
    const before = server.received.length;
    for (const to of ['ada@customers.example;eve@evil.example', 'ada@customers.example, eve@evil.example']) {
      const delivery = await channel.deliver({ ...message, to }, 'k/3').catch(() => ({ kind: 'failed' }));
      assert.notEqual(delivery.kind, 'delivered');
    }
    assert.equal(server.received.length, before);
  });

  void it('mails that are sent together keep their own recipients, subjects and texts', async () => {
    const before = server.received.length;
    const people = Array.from({ length: 10 }, (_, index) => `customer-${index}`);
    const mailTo = (name: string) => ({
      ...message,
      to: `${name}@customers.example`,
      subject: name,
      body: name,
    });
    await Promise.all(people.map((name) => channel.deliver(mailTo(name), name)));
    const arrived = server.received.slice(before).map(shown);
    const expected = people.map((name) => ({ id: name, ...mailTo(name) }));
    assert.deepEqual(
      arrived.toSorted((a, b) => a.to.localeCompare(b.to)),
      expected
        .map(({ id, to, subject, body }) => ({ id, to, subject, body }))
        .toSorted((a, b) => a.to.localeCompare(b.to)),
    );
  });
});
