import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderMethods } from '@ecommercestack/contracts';
import type { CallContext, MethodTable, StreamEvent } from '@ecommercestack/kit';
import { order, ORDER_ID, OWNER } from '../testing/fake-services.ts';
import { startTestGateway } from '../testing/gateway.ts';

/** A source that a spec feeds by hand, and that knows when it was let go. */
function handFed() {
  const queue: StreamEvent[] = [];
  const stopped = Promise.withResolvers<void>();
  const inputs: unknown[] = [];
  let wake = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<StreamEvent> {
    try {
      for (;;) {
        const next = queue.shift();
        if (next === undefined) await wake.promise;
        else yield next;
      }
    } finally {
      stopped.resolve();
    }
  }
  const open = (input: unknown, { signal }: CallContext) => {
    inputs.push(orderMethods['watch-order'].input.parse(input));
    signal.addEventListener('abort', () => stopped.resolve());
    return Promise.resolve({ ok: true as const, value: source() });
  };
  const table: MethodTable = { unary: new Map(), stream: new Map([['watch-order', open]]) };
  return {
    table,
    source,
    inputs,
    stopped: stopped.promise,
    push(event: StreamEvent) {
      queue.push(event);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  };
}

const path = `/api/orders/${ORDER_ID}/stream`;

async function readUntil(response: Response, wanted: string): Promise<string> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader !== undefined && !text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}

describe('event streams', { timeout: 60_000 }, () => {
  it('pass events through as they happen, with heartbeats', async () => {
    const fed = handFed();
    await using gateway = await startTestGateway({ services: { order: fed.table }, heartbeatMs: 20 });
    const headers = await gateway.bearer(OWNER, 'customer');
    const response = await fetch(gateway.url + path, { headers: { ...headers, 'last-event-id': '7' } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal(response.headers.get('content-encoding'), null);
    assert.match(response.headers.get('cache-control') ?? '', /no-store/);
    fed.push({ id: '8', event: 'order', data: order });
    const text = await readUntil(response, '\ndata:');
    assert.match(text, /id: 8\nevent: order\ndata: \{"orderId"/);
    assert.match(await readUntil(response, ':\n\n'), /:\n\n/);
    assert.deepEqual(fed.inputs, [{ orderId: ORDER_ID, afterVersion: 7 }]);
    await response.body?.cancel();
  });

  it('outlive the time limit of a call', async () => {
    const fed = handFed();
    await using gateway = await startTestGateway({ services: { order: fed.table }, heartbeatMs: 20 });
    const { services } = gateway.settings.current();
    const impatient = { ...services, order: { ...services.order, timeoutMs: 10 } };
    gateway.settings.replace({ ...gateway.settings.current(), services: impatient });
    const headers = await gateway.bearer(OWNER, 'customer');
    const response = await fetch(gateway.url + path, { headers });
    for (let beat = 0; beat < 3; beat += 1) await readUntil(response, ':\n\n');
    fed.push({ event: 'order', data: order });
    assert.match(await readUntil(response, '\ndata:'), /event: order/);
    await response.body?.cancel();
  });

  it('stop the service when the client leaves', async () => {
    const fed = handFed();
    await using gateway = await startTestGateway({ services: { order: fed.table } });
    const leaving = new AbortController();
    const headers = await gateway.bearer(OWNER, 'customer');
    await fetch(gateway.url + path, { headers, signal: leaving.signal });
    leaving.abort();
    await fed.stopped;
  });

  it('are five per caller, and a place is free again when one ends', async () => {
    const fed = handFed();
    await using gateway = await startTestGateway({ services: { order: fed.table } });
    const headers = await gateway.bearer(OWNER, 'customer');
    const open = () => fetch(gateway.url + path, { headers });
    const opened = await Promise.all(Array.from({ length: 5 }, open));
    assert.deepEqual(new Set(opened.map(({ status }) => status)), new Set([200]));
    const sixth = await open();
    assert.equal(sixth.status, 429);
    assert.match(await sixth.text(), /too-many-streams/);
    assert.equal(sixth.headers.get('retry-after'), '5');
    const staff = await gateway.bearer('sue', 'support');
    const other = await fetch(gateway.url + path, { headers: staff });
    assert.equal(other.status, 200);

    await opened[0]?.body?.cancel();
    let again = await open();
    while (again.status === 429) again = await open();
    assert.equal(again.status, 200);
    for (const response of [...opened.slice(1), other, again]) await response.body?.cancel();
  });

  it('are five for all addresses of one network', async () => {
    const stream = new Map([['watch-stock', async () => ({ ok: true as const, value: handFed().source() })]]);
    await using gateway = await startTestGateway({
      services: { inventory: { unary: new Map(), stream } },
      env: { TRUSTED_PROXIES: '127.0.0.1' },
    });
    const opened = [];
    for (const host of [1, 2, 3, 4, 5, 6]) {
      const headers = { 'x-forwarded-for': `2001:db8::${host}` };
      opened.push(await fetch(`${gateway.url}/api/inventory/stream?skus=TEA-1`, { headers }));
    }
    assert.deepEqual(
      opened.map(({ status }) => status),
      [200, 200, 200, 200, 200, 429],
    );
    for (const response of opened) await response.body?.cancel();
  });

  it('are limited in total', async () => {
    const fed = handFed();
    await using gateway = await startTestGateway({
      services: { order: fed.table },
      env: { STREAMS_TOTAL: '1', STREAMS_PER_CALLER: '5' },
    });
    const headers = await gateway.bearer(OWNER, 'customer');
    const first = await fetch(gateway.url + path, { headers });
    const second = await fetch(gateway.url + path, { headers });
    assert.deepEqual([first.status, second.status], [200, 503]);
    await first.body?.cancel();
    await second.text();
  });

  it('end when the gateway stops', async () => {
    const fed = handFed();
    const gateway = await startTestGateway({ services: { order: fed.table } });
    const headers = await gateway.bearer(OWNER, 'customer');
    const response = await fetch(gateway.url + path, { headers });
    const text = response.text();
    await gateway[Symbol.asyncDispose]();
    assert.equal(await text, '');
    await fed.stopped;
  });
});
