import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from '../ports.ts';
import type { SidecarAnswer, SidecarClient } from './client.ts';
import { createDaprPublisher } from './publisher.ts';

interface Call {
  readonly path: string;
  readonly ids: readonly string[];
}

/** Answers as a sidecar does: 204, or the entries that failed. Its real answers are held by the bus contract. */
function fakeSidecar(answerOf: (call: Call) => SidecarAnswer | Error = () => done) {
  const calls: Call[] = [];
  const client: SidecarClient = {
    request: async ({ path, body = '[]' }) => {
      const entries = JSON.parse(body) as { readonly event: { readonly id: string } }[];
      const call = { path, ids: entries.map(({ event }) => event.id) };
      calls.push(call);
      const answer = answerOf(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    open: () => Promise.reject(new Error('not used here')),
    close: async () => undefined,
  };
  return { calls, publisher: createDaprPublisher({ client, pubsub: 'pubsub', maxBatch: 3 }) };
}

const done: SidecarAnswer = { status: 204, headers: {}, text: '' };
const refused = (status: number, body: unknown): SidecarAnswer => ({
  status,
  headers: {},
  text: typeof body === 'string' ? body : JSON.stringify(body),
});

function message(id: string, key: string, topic = 'a.topic'): Message {
  return { id, topic, key, type: 'happened', time: '2030-01-01T00:00:00Z', source: 'spec', data: {} };
}

const okOf = (outcomes: readonly { readonly ok: boolean }[]) => outcomes.map(({ ok }) => ok);

describe('publishing through a sidecar', () => {
  it('takes messages of one topic together, at most one of a key', async () => {
    const { calls, publisher } = fakeSidecar();
    await publisher.publish([
      message('1', 'x'),
      message('2', 'x'),
      message('3', 'y'),
      message('4', 'z', 'another'),
      message('5', 'x'),
    ]);
    assert.deepEqual(calls, [
      { path: '/v1.0/publish/bulk/pubsub/a.topic', ids: ['1', '3'] },
      { path: '/v1.0/publish/bulk/pubsub/another', ids: ['4'] },
      { path: '/v1.0/publish/bulk/pubsub/a.topic', ids: ['2'] },
      { path: '/v1.0/publish/bulk/pubsub/a.topic', ids: ['5'] },
    ]);
  });

  it('sends no more in a call than it may', async () => {
    const { calls, publisher } = fakeSidecar();
    await publisher.publish(Array.from({ length: 7 }, (_, index) => message(`${index}`, `${index}`)));
    assert.deepEqual(
      calls.map(({ ids }) => ids.length),
      [3, 3, 1],
    );
  });

  it('tells which messages failed, and holds back those behind them', async () => {
    const { calls, publisher } = fakeSidecar(({ ids }) =>
      ids.includes('1') ? refused(500, { failedEntries: [{ entryId: '0', error: 'no' }] }) : done,
    );
    const outcomes = await publisher.publish([
      message('1', 'x'),
      message('2', 'y'),
      message('3', 'x'),
      message('4', 'y'),
    ]);
    assert.deepEqual(okOf(outcomes), [false, true, false, true]);
    assert.deepEqual(
      calls.map(({ ids }) => ids),
      [['1', '2'], ['4']],
    );
  });

  it('takes a refusal that names no entries for that of all', async () => {
    for (const body of ['', 'no JSON', { errorCode: 'ERR_PUBSUB_NOT_FOUND' }, { failedEntries: [] }]) {
      const { publisher } = fakeSidecar(() => refused(500, body));
      assert.deepEqual(okOf(await publisher.publish([message('1', 'x'), message('2', 'y')])), [false, false]);
    }
  });

  it('fails the messages of a call that got no answer, and no others', async () => {
    const { publisher } = fakeSidecar(({ path }) =>
      path.endsWith('another') ? new Error('ECONNREFUSED') : done,
    );
    const outcomes = await publisher.publish([message('1', 'x'), message('2', 'x', 'another')]);
    assert.deepEqual(okOf(outcomes), [true, false]);
  });
});
