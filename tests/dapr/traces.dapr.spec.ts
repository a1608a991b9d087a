/** One order is one trace, from the customer's request through outboxes, broker and handlers of all services. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Notification, Order } from '@ecommercestack/contracts';
import { Client, orderOf } from '../src/client.ts';
import { eventually } from '../src/eventually.ts';
import { Platform } from '../src/platform.ts';
import { concerns, countBy, Traces, tracesOfEvents, type Span } from '../src/traces.ts';

const HTTP = '@opentelemetry/instrumentation-http';

/** Child of parent. The sidecars pass messages on as they are; calls they put spans of their own between. */
const EDGES = {
  'process inventory < process order': 2,
  'process notification < process order': 1,
  'process order < POST /methods/:method': 1,
  'process order < process inventory': 2,
  'process order < process payment': 2,
  // What the provider answered is a command of its own, beside the one that made us ask.
  'process payment < process order': 4,
};

const SERVICES = ['catalog', 'gateway', 'inventory', 'notification', 'order', 'payment'];

async function placeAndFollow({ access }: Platform): Promise<string> {
  const ada = new Client(access.url, access.customerToken);
  const placed = await ada.post<Order>('/api/orders', orderOf('TEA-SENCHA-100'));
  const { orderId } = placed.body;
  await eventually('the customer is told, which is the last that happens', async () => {
    const { body } = await ada.get<{ items: Notification[] }>(`/api/notifications?orderId=${orderId}`);
    return body.items.length === 3 && body.items.every(({ status }) => status === 'sent');
  });
  return orderId;
}

function edgesOf(traces: Traces, spans: readonly Span[]): Record<string, number> {
  const isOurs = ({ scope }: Span) => scope === HTTP || scope.startsWith('@ecommercestack/');
  const ancestorOf = (span: Span): Span | undefined => {
    let parent = traces.parentOf(span);
    while (parent !== undefined && !isOurs(parent)) parent = traces.parentOf(parent);
    return parent;
  };
  const messages = spans.filter(({ name }) => name.startsWith('process '));
  return countBy(
    messages.map((span) => `${span.name} < ${ancestorOf(span)?.name}`),
    (edge) => edge,
  );
}

for (const broker of ['redis', 'kafka']) {
  test(`the trace of an order over ${broker} holds everything that happened to it`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'traces-'));
    const file = join(folder, 'traces.ndjson');
    const env = { OTEL_TRACES_EXPORTER: 'file', OTEL_TRACES_FILE: file, OTEL_TRACES_SAMPLER_ARG: '1' };
    const platform = await Platform.start({ runtime: 'dapr', args: ['--broker', broker], env });
    t.after(async () => {
      await platform.stop();
      await rm(folder, { recursive: true });
    });
    const orderId = await placeAndFollow(platform);
    const events = await tracesOfEvents(platform, orderId);
    assert.equal(events.length, 9, 'five events of the order, four of its payment');
    const traces = await Traces.read(file);
    const mentioned = traces.spans.filter((span) => concerns(span, orderId));
    const [traceId = '', ...others] = new Set([...events, ...mentioned.map((span) => span.traceId)]);
    assert.deepEqual(others, [], 'the order is in several traces');
    const spans = traces.of(traceId);
    const [root, ...roots] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    assert.deepEqual([root?.name, roots], ['POST /api/orders', []]);
    assert.deepEqual([...new Set(spans.map(({ service }) => service))].toSorted(), SERVICES);
    assert.deepEqual(edgesOf(traces, spans), EDGES);
  });
}
