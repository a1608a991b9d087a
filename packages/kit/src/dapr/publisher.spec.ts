import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message, PublishOutcome } from '../ports.ts';
import type { SidecarAnswer, SidecarClient } from './client.ts';
import { eventsIn, fromCloudEvent } from './cloud-event.ts';
import { createDaprPublisher } from './publisher.ts';

interface Call {
  readonly path: string;
  /** Of the messages inside, by entry. */
  readonly ids: readonly (readonly (string | undefined)[])[];
  readonly partitionKeys: readonly string[];
}

interface BulkEntry {
  readonly event: unknown;
  readonly metadata: { readonly partitionKey: string };
}

/** Answers as a sidecar does: 204, or the entries that failed. Its real answers are held by the bus contract. */
function fakeSidecar(
  answerOf: (call: Call) => SidecarAnswer | Error | Promise<SidecarAnswer> = () => done,
  partitions = 1,
) {
  const calls: Call[] = [];
  const client: SidecarClient = {
    request: async ({ path, body = '[]' }) => {
      const entries = JSON.parse(body) as BulkEntry[];
      const ids = entries.map(({ event }) => eventsIn(event).map((each) => fromCloudEvent(each)?.id));
      const call = { path, ids, partitionKeys: entries.map(({ metadata }) => metadata.partitionKey) };
      calls.push(call);
      const answer = await answerOf(call);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    open: () => Promise.reject(new Error('not used here')),
    close: async () => undefined,
  };
  return { calls, publisher: createDaprPublisher({ client, pubsub: 'pubsub', partitions }) };
}

const done: SidecarAnswer = { status: 204, headers: {}, text: '' };
const refused = (status: number, body: unknown): SidecarAnswer => ({
  status,
  headers: {},
  text: typeof body === 'string' ? body : JSON.stringify(body),
});

function message(id: string, key: string, topic = 'a.topic', data: unknown = {}): Message {
  return { id, topic, key, type: 'happened', time: '2030-01-01T00:00:00Z', source: 'spec', data };
}

const okOf = (outcomes: readonly { readonly ok: boolean }[]) => outcomes.map(({ ok }) => ok);
const idsOf = (calls: readonly Call[]) => calls.map(({ ids }) => ids);

describe('publishing through a sidecar', () => {
  it('sends what belongs to one topic as one message of the broker, in its order', async () => {
    const { calls, publisher } = fakeSidecar();
    const sent = [message('1', 'x'), message('2', 'x'), message('3', 'y'), message('4', 'z', 'another')];
    assert.deepEqual(okOf(await publisher.publish(sent)), [true, true, true, true]);
    assert.deepEqual(
      calls.map(({ path, ids }) => ({ path, ids })),
      [
        { path: '/v1.0/publish/bulk/pubsub/a.topic', ids: [['1', '2', '3']] },
        { path: '/v1.0/publish/bulk/pubsub/another', ids: [['4']] },
      ],
    );
  });

  it('sends no two keys together that may go to different partitions, and one key always to the same', async () => {
    const { calls, publisher } = fakeSidecar(() => done, 5);
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    const placed = new Map<string, Set<string>>();
    for (let round = 0; round < 3; round += 1)
      await publisher.publish(keys.slice(round * 7).map((key) => message(key, key)));
    for (const { ids, partitionKeys } of calls) {
      assert.equal(new Set(partitionKeys).size, partitionKeys.length);
      ids.forEach((inside, index) => {
        for (const id of inside) {
          const partition = partitionKeys[index] ?? '';
          placed.set(id ?? '', (placed.get(id ?? '') ?? new Set()).add(partition));
        }
      });
    }
    assert.deepEqual([...placed.keys()].toSorted(), keys.toSorted());
    for (const [id, partitions] of placed) assert.equal(partitions.size, 1, id);
    assert.equal(new Set([...placed.values()].flatMap((each) => [...each])).size, 5);
  });

  it('collects what comes while a call is under way', async () => {
    const first = Promise.withResolvers<SidecarAnswer>();
    const { calls, publisher } = fakeSidecar(({ ids }) => (ids.flat().includes('1') ? first.promise : done));
    const outcomes: Promise<readonly PublishOutcome[]>[] = [];
    for (const id of ['1', '2', '3']) {
      outcomes.push(publisher.publish([message(id, id)]));
      await new Promise(setImmediate);
    }
    assert.deepEqual(idsOf(calls), [[['1']]]);
    first.resolve(done);
    assert.deepEqual(okOf((await Promise.all(outcomes)).flat()), [true, true, true]);
    assert.deepEqual(idsOf(calls), [[['1']], [['2', '3']]]);
  });

  it('sends no more in a call, or in a message of the broker, than either may hold', async () => {
    const { calls, publisher } = fakeSidecar();
    const large = 'x'.repeat(200_000);
    await publisher.publish(Array.from({ length: 250 }, (_, index) => message(`${index}`, `${index}`)));
    await publisher.publish(['a', 'b', 'c'].map((id) => message(id, id, 'a.topic', large)));
    assert.deepEqual(
      idsOf(calls).map((entries) => entries.map(({ length }) => length)),
      [[100], [100], [50], [1], [1], [1]],
    );
  });

  it('tells which messages failed, and holds back those behind them of their keys', async () => {
    const large = 'x'.repeat(200_000);
    const { calls, publisher } = fakeSidecar(({ ids }) =>
      ids.flat().includes('1') ? refused(500, { failedEntries: [{ entryId: '0', error: 'no' }] }) : done,
    );
    const outcomes = await publisher.publish([
      message('1', 'x', 'a.topic', large),
      message('2', 'y', 'a.topic', large),
      message('3', 'x'),
      message('4', 'y'),
    ]);
    assert.deepEqual(okOf(outcomes), [false, true, false, true]);
    assert.deepEqual(idsOf(calls), [[['1']], [['2', '4']]]);
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
    assert.deepEqual(okOf(await publisher.publish([message('3', 'x')])), [true]);
  });
});
