/** One order is one trace, through every service that it passes. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Notification, Order } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { Platform } from '../src/platform.ts';
import { concerns, countBy, Traces, tracesOfEvents, type Span } from '../src/traces.ts';

const OWN = '@ecommercestack/event-store';
const HTTP = '@opentelemetry/instrumentation-http';
const PG = '@opentelemetry/instrumentation-pg';

/** The trace of an order that is confirmed, alone and with its product in the cache of the catalog. */
const GOLDEN = {
  // The calls order/place-order and catalog/get-products.
  '@ecommercestack/kit': 2,
  // The twelve messages of EDGES; their batches are traces of their own.
  [OWN]: 12,
  // The six middlewares of the gateway and the handler of the route.
  '@opentelemetry/instrumentation-express': 7,
  // The request of the customer; outgoing requests have their own instrumentation.
  [HTTP]: 1,
  // Authorisation and capture.
  '@opentelemetry/instrumentation-undici': 2,
  // The statements of PG_STATEMENTS; those that serve a whole batch are in its trace.
  [PG]: 5,
};

/** The statements for one message alone, by database. Most travel with the lock or the commit of their batch. */
const PG_STATEMENTS = {
  // The stock level that the inventory announced.
  catalog: 1,
  // The notifications of the order, of which only the new ones are delivered.
  notification: 1,
  // The followed order, for the customer who waits.
  order: 1,
  // Taking a connection outside of a batch: to follow the order, and to apply the stock level.
  'pg-pool.connect': 2,
};

/** Child of parent, among the spans that are ours or the customer's request. */
const EDGES = {
  'catalog/get-products < order/place-order': 1,
  'order/place-order < POST /api/orders': 1,
  'process inventory < process order': 2,
  'process notification < process order': 1,
  'process order < order/place-order': 1,
  'process order < process inventory': 2,
  'process order < process payment': 2,
  // What the provider answered is a command of its own, beside the one that made us ask.
  'process payment < process order': 4,
};

describe('the trace of an order', () => {
  let platform: Platform;
  let ada: Client;
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traces-'));
    file = join(folder, 'traces.ndjson');
    platform = await Platform.start({
      env: {
        OTEL_TRACES_EXPORTER: 'file',
        OTEL_TRACES_FILE: file,
        OTEL_TRACES_SAMPLER_ARG: '1',
        LOG_LEVEL: 'debug',
      },
    });
    ada = new Client(platform.access.url, platform.access.customerToken);
    assert.equal((await ada.order(orderOf('TEA-SENCHA-100'))).body.status, 'CONFIRMED', 'warms the caches');
  });

  after(async () => {
    await platform.stop();
    await rm(folder, { recursive: true });
  });

  /** Places an order and waits until its customer has been told, which is the last that happens to it. */
  async function place(
    headers: Record<string, string> = {},
  ): Promise<{ orderId: string; requestId: string }> {
    const placed = await ada.post<Order>('/api/orders', orderOf('TEA-SENCHA-100'), {
      prefer: 'wait=30',
      ...headers,
    });
    assert.equal(placed.body.status, 'CONFIRMED');
    const { orderId } = placed.body;
    await eventually('the customer is told', async () => {
      const { body } = await ada.get<{ items: Notification[] }>(`/api/notifications?orderId=${orderId}`);
      return body.items.length === 3 && body.items.every(({ status }) => status === 'sent');
    });
    return { orderId, requestId: placed.headers.get('x-request-id') ?? '' };
  }

  /** The one trace of the order, after all that is known about the order was found in it. */
  async function traceOf(
    orderId: string,
  ): Promise<{ traces: Traces; spans: readonly Span[]; traceId: string }> {
    const traces = await Traces.read(file);
    const mentioned = traces.spans.filter((span) => concerns(span, orderId));
    const events = await tracesOfEvents(platform, orderId);
    assert.equal(events.length, 9, 'five events of the order, four of its payment');
    const [traceId = '', ...others] = new Set([...mentioned.map((span) => span.traceId), ...events]);
    assert.deepEqual(others, [], `the order ${orderId} is in several traces`);
    return { traces, traceId, spans: traces.of(traceId) };
  }

  function assertOnlyThisOrder(spans: readonly Span[], orderId: string): void {
    const messages = spans.filter(({ name }) => name.startsWith('process '));
    assert.equal(messages.length, GOLDEN[OWN]);
    assert.deepEqual(
      messages.filter((span) => !concerns(span, orderId)),
      [],
      'messages of something else',
    );
  }

  function edgesOf(traces: Traces, spans: readonly Span[]): Record<string, number> {
    const isKnown = ({ scope }: Span) => scope === HTTP || scope.startsWith('@ecommercestack/');
    const ancestorOf = (span: Span): Span | undefined => {
      let parent = traces.parentOf(span);
      while (parent !== undefined && !isKnown(parent)) parent = traces.parentOf(parent);
      return parent;
    };
    const edges = spans.filter(isKnown).flatMap((span) => {
      const parent = ancestorOf(span);
      return parent === undefined ? [] : [`${span.name} < ${parent.name}`];
    });
    return countBy(edges, (edge) => edge);
  }

  /** What the catalog keeps ends after five seconds, whenever that is; the order after that one finds it kept again. */
  async function traceWithKeptProduct(): Promise<{
    orderId: string;
    traces: Traces;
    spans: readonly Span[];
  }> {
    const first = await place();
    const { traces, spans } = await traceOf(first.orderId);
    const isReading = (span: Span | undefined): boolean =>
      span !== undefined && (span.name === 'catalog/get-products' || isReading(traces.parentOf(span)));
    if (!spans.some((span) => span.scope === PG && isReading(span))) return { ...first, traces, spans };
    const { orderId } = await place();
    return { orderId, ...(await traceOf(orderId)) };
  }

  test('holds these spans, in this order, and no others', async () => {
    const { orderId, traces, spans } = await traceWithKeptProduct();
    assertOnlyThisOrder(spans, orderId);
    const roots = spans.filter((span) => traces.parentOf(span) === undefined);
    assert.deepEqual(
      roots.map(({ name, parentSpanId }) => [name, parentSpanId]),
      [['POST /api/orders', undefined]],
      'one root, and no span whose parent is missing',
    );
    assert.deepEqual(edgesOf(traces, spans), EDGES);
    const statements = spans.filter(({ scope }) => scope === PG);
    assert.deepEqual(
      countBy(statements, ({ name }) => (name === 'pg-pool.connect' ? name : (name.split(' ').at(-1) ?? ''))),
      PG_STATEMENTS,
    );
    assert.deepEqual(
      countBy(spans, ({ scope }) => scope),
      GOLDEN,
    );
  });

  test('is linked with the batches that its messages were handled and sent in', async () => {
    const { orderId } = await place();
    const { traces, spans } = await traceOf(orderId);
    for (const message of spans.filter(({ name }) => name.startsWith('process '))) {
      const batches = traces.linked(message).filter(({ name }) => name === 'commit batch');
      assert.ok(batches.length > 0, `${message.name} is linked with no batch`);
      for (const batch of batches) {
        assert.equal(batch.parentSpanId, undefined, 'a batch is a trace of its own');
        assert.ok(traces.linked(batch).includes(message), 'the batch is linked with its message');
        assert.equal(batch.links.length, batch.attributes['messaging.batch.message_count']);
      }
    }
    const sends = traces.spans.filter(
      (span) => span.name.startsWith('send ') && traces.linked(span).some((each) => spans.includes(each)),
    );
    assert.deepEqual(
      countBy(sends, ({ name }) => name),
      {
        'send inventory.commands': 2,
        'send inventory.events': 2,
        'send inventory.stock': 1,
        'send order.events': 2,
        'send payment.commands': 2,
        'send payment.events': 2,
      },
    );
  });

  test('stays apart from the traces of orders that share its batches', async () => {
    const placed = await Promise.all(Array.from({ length: 12 }, () => place()));
    const seen = new Set<string>();
    for (const { orderId } of placed) {
      const { traces, spans, traceId } = await traceOf(orderId);
      seen.add(traceId);
      assertOnlyThisOrder(spans, orderId);
      assert.deepEqual(edgesOf(traces, spans), EDGES);
    }
    assert.equal(seen.size, placed.length);
    const { spans } = await Traces.read(file);
    assert.ok(
      spans.some(({ name, links }) => name === 'commit batch' && links.length > 1),
      'no batch was shared',
    );
  });

  test('is found from the log lines of the request, also when the caller brings a trace', async () => {
    const theirs = 'c'.repeat(32);
    for (const headers of [{}, { traceparent: `00-${theirs}-${'d'.repeat(16)}-01` }]) {
      const { orderId, requestId } = await place(headers);
      const { traceId } = await traceOf(orderId);
      assert.notEqual(traceId, theirs);
      const log = await readFile(join(platform.data, 'platform.log'), 'utf8');
      const lines = log.split('\n').filter((line) => line.includes(requestId));
      assert.ok(lines.length > 0, 'the request was logged');
      for (const line of lines)
        assert.equal((JSON.parse(line) as { trace_id?: string }).trace_id, traceId, line);
    }
  });
});
