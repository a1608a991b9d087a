/** Process-wide figures: memory, CPU, garbage collection, event-loop lag. Call once per process. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as prom from 'prom-client';
import type { MetricsRegistry } from './metrics.ts';

const WINDOW_MS = 15_000;
const EVENT_LOOP_DEFAULTS = /^nodejs_eventloop_lag_/;

/**
 * The lag is read over windows of a fixed length: prom-client resets its own on each scrape, so that two
 * scrapers halve each other's data. Returns a function that stops the measuring.
 */
export function registerProcessMetrics(registry: MetricsRegistry): () => void {
  const defaults = new prom.Registry();
  prom.collectDefaultMetrics({ register: defaults });
  for (const { name } of defaults.getMetricsAsArray()) {
    const metric = defaults.getSingleMetric(name);
    if (metric !== undefined && !EVENT_LOOP_DEFAULTS.test(name)) registry.prom.registerMetric(metric);
  }
  const lag = new prom.Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: `Delay of the event loop over the last full window of ${WINDOW_MS / 1_000} seconds.`,
    labelNames: ['quantile'],
    registers: [registry.prom],
  });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const report = () => {
    const seconds = (nanoseconds: number) =>
      Math.max(0, Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
    lag.set({ quantile: '0.5' }, seconds(delay.percentile(50)));
    lag.set({ quantile: '0.99' }, seconds(delay.percentile(99)));
    lag.set({ quantile: '1' }, seconds(delay.max));
    delay.reset();
  };
  report();
  const timer = setInterval(report, WINDOW_MS).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}
