/** What every channel must do, run against each adapter. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { MessageChannel, OutgoingMessage } from '../ports.ts';

export interface Received {
  /** Tells repeats of one message from different messages. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

export interface ChannelUnderTest {
  readonly channel: MessageChannel;
  /** Everything that arrived so far. */
  received(): Promise<readonly Received[]>;
  /** Nothing can be delivered until `repair`. */
  breakDown(): Promise<void>;
  repair(): Promise<void>;
  close(): Promise<void>;
}

export function channelContract(name: string, open: () => Promise<ChannelUnderTest>): void {
  void describe(`channel contract: ${name}`, () => {
    let tested: ChannelUnderTest;
    const newMessage = (changes: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
      orderId: randomUUID(),
      customerId: 'ada',
      channel: 'email',
      to: 'ada@customers.example',
      subject: 'Your order 4F2A is confirmed',
      body: 'Thank you.\n\n€12.50 were paid for your thé vert.\n.\nA line with a dot above.\n',
      ...changes,
    });
    const newKey = ({ orderId }: OutgoingMessage) => `${orderId}/order-confirmed/email`;
    const arrivedSince = async (count: number) => (await tested.received()).slice(count);

    before(async () => {
      tested = await open();
    });
    after(() => tested.close());

    void it('delivers recipient, subject and text as they are', async () => {
      const before = (await tested.received()).length;
      const message = newMessage();
      assert.deepEqual(await tested.channel.deliver(message, newKey(message)), { kind: 'delivered' });
      const [arrived, ...others] = await arrivedSince(before);
      assert.deepEqual(others, []);
      assert.deepEqual(
        { to: arrived?.to, subject: arrived?.subject, body: arrived?.body },
        { to: message.to, subject: message.subject, body: message.body },
      );
    });

    void it('one key is one message to its receiver, however often it is delivered', async () => {
      const before = (await tested.received()).length;
      const message = newMessage();
      const key = newKey(message);
      await Promise.all([tested.channel.deliver(message, key), tested.channel.deliver(message, key)]);
      await tested.channel.deliver(message, key);
      const ids = (await arrivedSince(before)).map(({ id }) => id);
      assert.equal(new Set(ids).size, 1);
    });

    void it('different keys are different messages', async () => {
      const before = (await tested.received()).length;
      const messages = Array.from({ length: 20 }, () => newMessage());
      await Promise.all(messages.map((message) => tested.channel.deliver(message, newKey(message))));
      const ids = (await arrivedSince(before)).map(({ id }) => id);
      assert.equal(new Set(ids).size, 20);
    });

    void it('throws while it is down, and delivers when it is back', async () => {
      const before = (await tested.received()).length;
      const message = newMessage();
      await tested.breakDown();
      await assert.rejects(tested.channel.deliver(message, newKey(message)));
      await tested.repair();
      assert.deepEqual(await tested.channel.deliver(message, newKey(message)), { kind: 'delivered' });
      assert.equal((await arrivedSince(before)).length, 1);
    });

    void it('a subject cannot smuggle in a header', async () => {
      const before = (await tested.received()).length;
      const message = newMessage({ subject: 'Hello\r\nBcc: eve@evil.example' });
      await tested.channel.deliver(message, newKey(message));
      const arrived = await arrivedSince(before);
      assert.deepEqual(
        arrived.map(({ to }) => to),
        ['ada@customers.example'],
      );
    });

    void it('knows what it has taken, if it can know at all', async () => {
      const message = newMessage();
      const { lookup } = tested.channel;
      if (lookup === undefined) return;
      assert.equal(await lookup(newKey(message)), false);
      await tested.channel.deliver(message, newKey(message));
      assert.equal(await lookup(newKey(message)), true);
    });
  });
}
