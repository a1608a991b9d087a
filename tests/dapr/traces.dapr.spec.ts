/** One order is one trace: from the request through outboxes, broker and sidecars to the last handler. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Notification, Order } from '@ecommercestack/contracts';
import pg from 'pg';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { Platform } from '../src/platform.ts';
import { countBy, Traces, type Span } from '../src/traces.ts';

/** Handled messages of an order that is confirmed, and what made each of them come. */
const MESSAGES = {
  'process inventory < process order': 2,
  'process notification < process order': 1,
  'process order < POST /methods/:method': 1,
  'process order < process inventory': 2,
  'process order < process payment': 2,
  'process payment < process order': 4,
};

const handled = ({ name }: Span) => name.startsWith('process ');

describe('the trace of an order over sidecars', () => {
  let platform: Platform;
  let ada: Client;
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traces-'));
    file = join(folder, 'traces.ndjson');
    platform = await Platform.start({
      runtime: 'dapr',
      env: { OTEL_TRACES_EXPORTER: 'file', OTEL_TRACES_FILE: file, OTEL_TRACES_SAMPLER_ARG: '1' },
    });
    ada = new Client(platform.access.url, platform.access.customerToken);
  });
  after(async () => {
    await platform.stop();
    await rm(folder, { recursive: true });
  });

  /** Resolves when its customer has been told, which is the last that happens to an order. */
  async function place(): Promise<string> {
    const { body } = await ada.post<Order>('/api/orders', orderOf('TEA-SENCHA-100'), { prefer: 'wait=30' });
    assert.equal(body.status, 'CONFIRMED');
    await eventually('the customer is told', async () => {
      const told = await ada.get<{ items: Notification[] }>(`/api/notifications?orderId=${body.orderId}`);
      return told.body.items.length === 3 && told.body.items.every(({ status }) => status === 'sent');
    });
    return body.orderId;
  }

  /** Every event says in which trace it happened. */
  async function tracesOfEvents(service: 'order' | 'payment', orderId: string): Promise<readonly string[]> {
    const client = new pg.Client(platform.access.databases[service]);
    await client.connect();
    try {
      const { rows } = await client.query<{ trace: string }>(
        `SELECT split_part(metadata ->> 'traceparent', '-', 2) AS trace FROM events WHERE stream_id = $1`,
        [`${service}-${orderId}`],
      );
      return rows.map(({ trace }) => trace);
    } finally {
      await client.end();
    }
  }

  /** The one trace of the order, after all that is known about the order was found in it. */
  async function traceOf(orderId: string): Promise<{ traces: Traces; spans: readonly Span[] }> {
    const traces = await Traces.read(file);
    const concerned = traces.spans.filter(({ attributes }) =>
      JSON.stringify(attributes['event_store.streams'] ?? []).includes(orderId),
    );
    const events = [
      ...(await tracesOfEvents('order', orderId)),
      ...(await tracesOfEvents('payment', orderId)),
    ];
    assert.equal(events.length, 9, 'five events of the order, four of its payment');
    const [traceId = '', ...others] = new Set([...concerned.map((span) => span.traceId), ...events]);
    assert.deepEqual(others, [], `the order ${orderId} is in several traces`);
    return { traces, spans: traces.of(traceId) };
  }

  test('is one, in every service, each message under what made it come', async () => {
    const orderId = await place();
    const { traces, spans } = await traceOf(orderId);
    const cause = (span: Span): string => {
      let parent = traces.parentOf(span);
      while (parent !== undefined && !handled(parent) && !parent.name.startsWith('POST /methods/'))
        parent = traces.parentOf(parent);
      return `${span.name} < ${parent?.name ?? 'nothing'}`;
    };
    assert.deepEqual(countBy(spans.filter(handled), cause), MESSAGES);
  });

  test('has one beginning, and no gap but the sidecars themselves', async () => {
    const { traces, spans } = await traceOf(await place());
    const orphans = spans.filter((span) => traces.parentOf(span) === undefined);
    const roots = orphans.filter(({ parentSpanId }) => parentSpanId === undefined);
    assert.deepEqual(
      roots.map(({ name }) => name),
      ['POST /api/orders'],
    );
    const behindSidecars = orphans.filter((span) => !roots.includes(span)).map(({ name }) => name);
    assert.deepEqual(new Set(behindSidecars), new Set(['POST /methods/:method', 'POST /messages/:topic']));
  });

  test('stays apart from the traces of orders that are placed at the same time', async () => {
    const placed = await Promise.all(Array.from({ length: 8 }, place));
    const found = await Promise.all(placed.map(traceOf));
    assert.equal(new Set(found.map(({ spans }) => spans[0]?.traceId)).size, placed.length);
    for (const { spans } of found) assert.equal(spans.filter(handled).length, 12);
  });
});
