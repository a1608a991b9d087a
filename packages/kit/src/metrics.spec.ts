import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from './kit-metrics.ts';
import { createMetricsRegistry, renderMetrics } from './metrics.ts';
import { registerProcessMetrics } from './process-metrics.ts';

const text = async (metrics: { readonly registry: ReturnType<typeof createMetricsRegistry> }) =>
  (await renderMetrics(metrics.registry)).body;
const series = (body: string, name: string) => body.split('\n').filter((line) => line.startsWith(`${name}{`));

describe('metrics', () => {
  it('a counter with closed labels starts at 0 in every combination', async () => {
    const metrics = createMetrics({ service: 'order' });
    const labels = { outcome: ['confirmed', 'rejected'], reason: ['none', 'out-of-stock'] };
    const orders = metrics.counter({ name: 'order_terminal_total', help: 'Orders.', labels });
    orders.inc({ outcome: 'confirmed', reason: 'none' }, 2);
    assert.deepEqual(series(await text(metrics), 'order_terminal_total'), [
      'order_terminal_total{service="order",outcome="confirmed",reason="none"} 2',
      'order_terminal_total{service="order",outcome="confirmed",reason="out-of-stock"} 0',
      'order_terminal_total{service="order",outcome="rejected",reason="none"} 0',
      'order_terminal_total{service="order",outcome="rejected",reason="out-of-stock"} 0',
    ]);
  });

  it('a value that was not declared becomes _other, and that is counted', async () => {
    const metrics = createMetrics({ service: 'order' });
    const outcomes: readonly string[] = ['ok'];
    const gauge = metrics.gauge({ name: 'open', help: 'Open.', labels: { outcome: outcomes } });
    gauge.set({ outcome: 'customer-4711' }, 1);
    const body = await text(metrics);
    assert.deepEqual(series(body, 'open'), ['open{service="order",outcome="_other"} 1']);
    assert.deepEqual(series(body, 'telemetry_label_overflow_total'), [
      'telemetry_label_overflow_total{service="order",metric="open"} 1',
    ]);
  });

  it('an open label keeps its first values only, however many come', async () => {
    const metrics = createMetrics({ service: 'order' });
    const seen = metrics.counter({ name: 'seen_total', help: 'Seen.', labels: { consumer: { open: 3 } } });
    for (let index = 0; index < 10_000; index += 1) seen.inc({ consumer: `consumer-${index}` });
    const lines = series(await text(metrics), 'seen_total');
    assert.equal(lines.length, 4);
    assert.equal(lines.at(-1), 'seen_total{service="order",consumer="_other"} 9997');
  });

  it('services share one registry, each under its name', async () => {
    const registry = createMetricsRegistry();
    for (const service of ['order', 'payment']) {
      const metrics = createMetrics({ service, registry });
      metrics.counter({ name: 'things_total', help: 'Things.' }).inc({});
      metrics.kit.messageHandled.inc({ consumer: 'c', result: 'handled' });
    }
    const body = await text({ registry });
    assert.deepEqual(series(body, 'things_total'), [
      'things_total{service="order"} 1',
      'things_total{service="payment"} 1',
    ]);
    assert.equal(series(body, 'message_handled_total').length, 2);
  });

  it('collects before each scrape, and goes on when a collector fails', async () => {
    const metrics = createMetrics({ service: 'order' });
    const depth = metrics.gauge({ name: 'depth', help: 'Depth.' });
    metrics.onCollect(async () => {
      throw new Error('the database is away');
    });
    const stop = metrics.onCollect(async () => depth.set({}, 7));
    const body = await text(metrics);
    assert.deepEqual(series(body, 'depth'), ['depth{service="order"} 7']);
    assert.match(body, /^telemetry_collect_failures_total 1$/m);
    stop();
    depth.set({}, 8);
    assert.deepEqual(series(await text(metrics), 'depth'), ['depth{service="order"} 8']);
  });

  it('answers in OpenMetrics to who asks for it', async () => {
    const metrics = createMetrics({ service: 'order' });
    const plain = await renderMetrics(metrics.registry);
    assert.match(plain.contentType, /^text\/plain; version=0\.0\.4/);
    const open = await renderMetrics(
      metrics.registry,
      'application/openmetrics-text;version=1.0.0,*/*;q=0.1',
    );
    assert.match(open.contentType, /^application\/openmetrics-text; version=1\.0\.0/);
    assert.match(
      open.body,
      /# TYPE settings_rejected counter\nsettings_rejected_total\{service="order"\} 0\n/,
    );
    assert.ok(open.body.endsWith('# EOF\n'));
  });
});

describe('process metrics', () => {
  it('show memory, and a lag that a scrape does not reset', async () => {
    const registry = createMetricsRegistry();
    const stop = registerProcessMetrics(registry);
    const first = await text({ registry });
    const second = await text({ registry });
    stop();
    assert.match(first, /^process_resident_memory_bytes \d+/m);
    const lag = series(second, 'nodejs_eventloop_lag_seconds');
    assert.equal(lag.length, 3);
    assert.deepEqual(lag, series(first, 'nodejs_eventloop_lag_seconds'));
    assert.doesNotMatch(first, /nodejs_eventloop_lag_p99_seconds/);
  });
});
