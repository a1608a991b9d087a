import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rejectionReason } from '@ecommercestack/contracts';
import type { Channel, Money } from '@ecommercestack/contracts';
import type { Occasion } from '../../notification.ts';
import { createMoneyFormat } from './money.ts';
import { render as renderWith, shortOrderId } from './render.ts';

const formatMoney = createMoneyFormat();
const render = (occasion: Occasion, channel: Channel) => renderWith(occasion, channel, formatMoney);

const orderId = '0198c0de-0000-7000-8000-0000feedbeef';
const total: Money = { amount: 123_450, currency: 'EUR' };
const occasion = (event: Occasion['event'], reason?: Occasion['reason']): Occasion => ({
  orderId,
  customerId: 'ada',
  event,
  total,
  ...(reason !== undefined && { reason }),
});

void test('a confirmed order, by e-mail', () => {
  assert.deepEqual(render(occasion('order-confirmed'), 'email'), {
    subject: 'Your order FEEDBEEF is confirmed',
    body: [
      'Hello,',
      '',
      'Thank you for your order FEEDBEEF. We have received your payment of €1,234.50 and are packing your items.',
      '',
      `Order number: ${orderId}`,
      '',
    ].join('\n'),
  });
});

void test('a declined payment, as a text message', () => {
  assert.deepEqual(render(occasion('order-rejected', 'payment-declined'), 'sms'), {
    subject: 'Your order FEEDBEEF could not be completed',
    body: 'Your order FEEDBEEF over €1,234.50 could not be completed: the payment was declined. You have not been charged.',
  });
});

void test('a cancelled and a refunded order', () => {
  assert.equal(
    render(occasion('order-cancelled'), 'push').body,
    'Your order FEEDBEEF over €1,234.50 was cancelled, as you asked. You have not been charged.',
  );
  assert.equal(
    render(occasion('order-refunded'), 'push').body,
    'Your order FEEDBEEF was taken back and €1,234.50 is on its way to you. It may take some days to arrive.',
  );
});

void test('every reason is given in words, not in codes', () => {
  for (const reason of rejectionReason.options) {
    const { body } = render(occasion('order-rejected', reason), 'sms');
    assert.match(body, /could not be completed: [a-z ]+\. You/);
    assert.doesNotMatch(body, /-/);
  }
});

void test('amounts have the decimals of their currency', () => {
  const texts = ['EUR', 'JPY', 'KWD', 'USD'].map((currency) => formatMoney({ amount: 123_456, currency }));
  assert.deepEqual(
    texts.map((text) => text.replaceAll('\u00a0', ' ')),
    ['€1,234.56', '¥123,456', 'KWD 123.456', '$1,234.56'],
  );
});

void test('the short form is the part that orders of one moment do not share', () => {
  assert.notEqual(shortOrderId(orderId), shortOrderId('0198c0de-0000-7000-8000-0000feedbeee'));
});
