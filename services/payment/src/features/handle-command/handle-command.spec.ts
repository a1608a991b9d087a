import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paymentCommands } from '@ecommercestack/contracts';
import type { PaymentDecision } from '../../domain/decide.ts';
import { authorise, event, given, orderId, t0, undo } from '../../spec/given.ts';
import { createHandleCommand } from './handle-command.ts';

const message = (type: string, data: unknown) => ({
  id: 'message-1',
  topic: paymentCommands.undoPayment.topic,
  key: orderId,
  type,
  time: t0.toISOString(),
  source: 'order',
  data,
});

function scene(decision: PaymentDecision | undefined) {
  const started: string[] = [];
  const handle = createHandleCommand({
    submit: async () => decision,
    start: (id) => void started.push(id),
    now: () => t0,
  });
  return { started, undo: () => handle(message(paymentCommands.undoPayment.type, { orderId })), handle };
}

test('a command that changes the payment starts what follows', async () => {
  const { started, undo: send } = scene(given().when(authorise));
  assert.deepEqual(await send(), { kind: 'ack' });
  assert.deepEqual(started, [orderId]);
});

test('a command that changes nothing is told apart, and is still answered', async () => {
  const { started, undo: send } = scene(given(event.voided).when(undo));
  assert.deepEqual(await send(), { kind: 'ack', as: 'refused' });
  assert.deepEqual(started, [orderId]);
});

test('a message that was handled before starts nothing', async () => {
  const { started, undo: send } = scene(undefined);
  assert.deepEqual(await send(), { kind: 'ack', as: 'duplicate' });
  assert.deepEqual(started, []);
});

test('what is no command is set aside', async () => {
  const { handle } = scene(undefined);
  for (const [type, data] of [
    ['pay-twice', { orderId }],
    [paymentCommands.undoPayment.type, {}],
  ] as const) {
    assert.equal((await handle(message(type, data))).kind, 'drop');
  }
});
