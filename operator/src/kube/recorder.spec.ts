import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from './answers.ts';
import type { Send } from './client.ts';
import { createRecorder } from './recorder.ts';

const STACK = { namespace: 'default', name: 'shop', uid: 'uid-1' };
const event = (message: string) => ({ type: 'Warning' as const, reason: 'Degraded', message });

/** Events as an API server keeps them. */
function server() {
  const kept = new Map<string, { count: number; message: string }>();
  const send: Send = async (method, path, { body } = {}): Promise<Answer> => {
    const { metadata, ...fields } = (body ?? {}) as {
      metadata?: { name: string };
      count: number;
      message: string;
    };
    const name = metadata?.name ?? path.split('/').at(-1) ?? '';
    const before = kept.get(name);
    if (method === 'POST' && before !== undefined) return { status: 409, body: { reason: 'AlreadyExists' } };
    if (method !== 'GET') kept.set(name, { ...before, ...fields });
    return { status: 200, body: kept.get(name) };
  };
  return { send, told: () => [...kept.values()].map(({ count, message }) => `${count} ${message}`) };
}

function recorder() {
  const leftOut: string[] = [];
  let now = 0;
  const record = createRecorder({
    clock: { now: () => new Date(now) },
    instance: 'operator-1',
    onLeftOut: (reason) => leftOut.push(reason),
  });
  return { record, leftOut, pass: (ms: number) => (now += ms) };
}

describe('events', () => {
  test('that are told again count up, also by another process', async () => {
    const { send, told } = server();
    for (const { record } of [recorder(), recorder()]) {
      await record(send, STACK, event('no broker'));
      await record(send, STACK, event('no broker'));
    }
    await recorder().record(send, STACK, event('no Dapr'));
    assert.deepEqual(told(), ['4 no broker', '1 no Dapr']);
  });

  test('of one stack are left out when they are too many, those of others are not', async () => {
    const { send, told } = server();
    const { record, leftOut, pass } = recorder();
    for (let count = 0; count < 30; count += 1) await record(send, STACK, event(`${count}`));
    await record(send, { ...STACK, uid: 'uid-2' }, event('other'));
    assert.deepEqual([told().length, leftOut.length], [26, 5]);
    pass(300_000);
    await record(send, STACK, event('later'));
    assert.equal(told().at(-1), '1 later');
  });

  test('that cannot be told are no failure', async () => {
    const { record, leftOut } = recorder();
    await record(async () => ({ status: 403, body: { reason: 'Forbidden' } }), STACK, event('x'));
    assert.deepEqual(leftOut, ['refused']);
  });
});
