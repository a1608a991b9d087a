import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadLetterMethods, type DeadLetterReplay, type MessageReader } from '@ecommercestack/contracts';
import { UpstreamError } from '@ecommercestack/kit';
import type { MethodTable, Outcome } from '@ecommercestack/kit';
import { fakeDeadLetters, fakeLetter } from '../testing/fake-dead-letters.ts';
import { startTestGateway } from '../testing/gateway.ts';
import { codeOf, createClient } from '../testing/http.ts';

interface Page {
  readonly items: readonly { readonly service: string; readonly id: string }[];
  readonly nextCursor?: string;
  readonly unavailable: readonly string[];
}

type Method = (input: unknown) => Promise<Outcome<unknown>>;

/** The fake of a service with one method changed; without a method, with all of them. */
function changed(service: MessageReader, handler: Method, method?: string): MethodTable {
  const names = method === undefined ? Object.keys(deadLetterMethods) : [method];
  const replaced = names.map((name) => [name, handler] as const);
  return { unary: new Map([...fakeDeadLetters(service).unary, ...replaced]), stream: new Map() };
}

const down = (service: MessageReader) =>
  changed(service, () => Promise.reject(new UpstreamError(service, 'unavailable')));
const notFound = (service: MessageReader) =>
  changed(
    service,
    () => Promise.resolve({ ok: false, problem: { code: 'not-found', detail: 'Not here.' } }),
    'get-dead-letter-replay',
  );

async function withGateway(
  services: Readonly<Record<string, MethodTable>>,
  run: (
    ask: (
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ) => ReturnType<Awaited<ReturnType<typeof createClient>>>,
  ) => Promise<void>,
): Promise<void> {
  await using gateway = await startTestGateway({ services });
  const client = await createClient(gateway.url);
  const bearer = await gateway.bearer('oli', 'operator');
  await run((path, body, headers) =>
    client({
      method: body === undefined ? 'GET' : 'POST',
      path: `/api/ops/${path}`,
      headers: { ...bearer, ...headers },
      ...(body !== undefined && { body }),
    }),
  );
}

describe('dead letters of all services', () => {
  test('a service that is down is named, and the others answer', () =>
    withGateway({ payment: down('payment') }, async (ask) => {
      for (const path of ['dead-letters', 'dead-letters/groups', 'audit']) {
        const { status, body } = await ask(path);
        const { items, unavailable } = body as Page;
        assert.deepEqual([status, items.length, unavailable], [200, 4, ['payment']], path);
      }
      assert.equal((await ask('dead-letters/payment/17')).status, 503);
      assert.equal((await ask('dead-letters?service=payment')).status, 503);
      assert.equal((await ask('dead-letters/order/17')).status, 200);
    }));

  test('a page ends where it was cut, and the next one asks each service for what follows', () => {
    const asked: unknown[] = [];
    const {
      message: _message,
      advice: _advice,
      history: _history,
      ...older
    } = fakeLetter('order', '16', '2029-01-01T00:00:00.000Z');
    const order = changed(
      'order',
      (input) => {
        asked.push(input);
        return Promise.resolve({ ok: true, value: { items: [older] } });
      },
      'list-dead-letters',
    );
    return withGateway({ order }, async (ask) => {
      const first = (await ask('dead-letters?limit=3&reason=malformed')).body as Page;
      assert.deepEqual(
        first.items.map(({ service }) => service),
        ['catalog', 'inventory', 'notification'],
      );
      await ask(`dead-letters?limit=3&reason=malformed&cursor=${first.nextCursor}`);
      assert.deepEqual(asked, [
        { reason: 'malformed', limit: 4 },
        {
          reason: 'malformed',
          limit: 4,
          before: { time: '2030-01-01T00:00:00.000Z', id: '9223372036854775807' },
        },
      ]);
      const bad = await ask('dead-letters?cursor=bad');
      assert.deepEqual([bad.status, codeOf(bad)], [400, 'invalid-request']);
    });
  });

  test('a replay under one key has one id, whoever asks for it gets another, and it reaches one service if one is named', () =>
    withGateway({}, async (ask) => {
      const begin = async (body: object, key?: string) => {
        const answer = await ask(
          'dead-letters/replays',
          body,
          key === undefined ? {} : { 'idempotency-key': key },
        );
        assert.equal(answer.status, 202);
        const replay = answer.body as DeadLetterReplay;
        assert.equal(answer.headers.get('location'), `/api/ops/dead-letters/replays/${replay.replayId}`);
        return replay;
      };
      const one = await begin({}, 'k1');
      assert.equal((await begin({}, 'k1')).replayId, one.replayId);
      assert.notEqual((await begin({}, 'k2')).replayId, one.replayId);
      assert.notEqual((await begin({})).replayId, (await begin({})).replayId);
      assert.equal(one.parts.length, 5);
      const { parts } = await begin({ service: 'order' });
      assert.deepEqual(
        parts.map(({ service }) => service),
        ['order'],
      );
    }));

  test('a replay is found where it is, and its state is that of all its parts', () =>
    withGateway(
      { payment: notFound('payment'), order: down('order'), catalog: notFound('catalog') },
      async (ask) => {
        const { status, parts, unavailable } = (await ask('dead-letters/replays/r1'))
          .body as DeadLetterReplay;
        assert.deepEqual([status, parts.length, unavailable], ['done', 2, ['order']]);
        const stopped = (await ask('dead-letters/replays/r1/stop', {})).body as DeadLetterReplay;
        assert.equal(stopped.status, 'stopped');
      },
    ));

  test('a replay that nobody knows is not found, unless somebody could not be asked', async () => {
    const nobody = Object.fromEntries(
      (['order', 'inventory', 'payment', 'catalog', 'notification'] as const).map((name) => [
        name,
        notFound(name),
      ]),
    );
    await withGateway(nobody, async (ask) =>
      assert.equal((await ask('dead-letters/replays/r1')).status, 404),
    );
    await withGateway({ ...nobody, order: down('order') }, async (ask) =>
      assert.equal((await ask('dead-letters/replays/r1')).status, 503),
    );
  });
});
