import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../ports.ts';
import { eventsIn, fromCloudEvent, salvage, toCloudEvent, toEnvelope } from './cloud-event.ts';

const now = new Date('2030-01-01T00:00:00.000Z');
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const message: Message = {
  id: '0198',
  topic: 'order.events',
  key: 'order-1',
  type: 'order-placed',
  time: '2030-01-01T00:00:00.123Z',
  source: 'order',
  data: { orderId: '1' },
};
const overTheWire = (event: unknown): unknown => JSON.parse(JSON.stringify(event));

describe('a message as a CloudEvent', () => {
  it('comes back as it was', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    const messages = fc.record({
      id: text,
      topic: text,
      key: fc.string(),
      type: text,
      source: text,
      data: fc.jsonValue(),
    });
    fc.assert(
      fc.property(messages, fc.boolean(), (parts, traced) => {
        const sent = { ...message, ...parts, ...(traced && { traceparent }) };
        assert.deepEqual(fromCloudEvent(overTheWire(toCloudEvent(sent))), overTheWire(sent));
      }),
    );
  });

  it('names its trace always, so that the sidecar adds none of its own', () => {
    const { traceparent: none, traceid, tracestate } = toCloudEvent(message);
    assert.deepEqual({ none, traceid, tracestate }, { none: '', traceid: '', tracestate: '' });
    assert.equal(toCloudEvent({ ...message, traceparent })['traceid'], traceparent);
  });

  it('is not what lacks a part', () => {
    for (const missing of ['id', 'type', 'source', 'subject', 'time', 'topic']) {
      assert.equal(fromCloudEvent({ ...toCloudEvent(message), [missing]: undefined }), undefined, missing);
    }
    for (const strange of [undefined, null, 'text', 7, [], {}])
      assert.equal(fromCloudEvent(strange), undefined);
  });
});

const rawOf = (text: string) => ({ id: 'of the sidecar', data_base64: Buffer.from(text).toString('base64') });

describe('what was delivered', () => {
  it('holds each message as it was sent, alone or with others, raw or not', () => {
    const sent = [message, { ...message, id: '0199', key: 'order-2', traceparent }];
    const envelope = toEnvelope(
      message,
      sent.map((each) => JSON.stringify(toCloudEvent(each))),
    );
    for (const delivered of [JSON.parse(envelope) as unknown, rawOf(envelope)])
      assert.deepEqual(eventsIn(delivered).map(fromCloudEvent), sent);
    const alone = toCloudEvent(message);
    for (const delivered of [alone, rawOf(JSON.stringify(alone))])
      assert.deepEqual(eventsIn(delivered).map(fromCloudEvent), [message]);
  });

  it('is itself where it is nothing of ours', () => {
    for (const strange of [undefined, null, 'text', 7, [], {}, { datacontenttype: 'text/plain', data: [] }])
      assert.deepEqual(eventsIn(strange), [strange]);
    assert.deepEqual(eventsIn(rawOf('no JSON')), ['no JSON']);
  });
});

describe('what is kept of a dead letter', () => {
  it('is the message', () => {
    assert.deepEqual(salvage(toCloudEvent(message), now), { message, isOurs: true });
  });

  it('is everything that can be known of something else, under an id that stays the same', () => {
    const strange = { id: 'a', topic: 'order.events', type: 'com.dapr.event.sent', data: 'a text' };
    assert.deepEqual(salvage(strange, now), {
      isOurs: false,
      message: {
        id: 'a',
        topic: 'order.events',
        key: '',
        type: 'com.dapr.event.sent',
        time: '2030-01-01T00:00:00.000Z',
        source: 'unknown',
        data: strange,
      },
    });
    const first = salvage('no JSON', now).message;
    assert.equal(first.data, 'no JSON');
    assert.equal(salvage('no JSON', now).message.id, first.id);
    assert.notEqual(salvage('other bytes', now).message.id, first.id);
  });

  it('is never nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (delivered) => {
        const { message: kept } = salvage(delivered, now);
        assert.ok(kept.id !== '' && kept.topic !== '');
      }),
    );
  });
});
