/** Declares each metric once, with the closed set of its label values, over one shared registry. */
import * as prom from 'prom-client';

/**
 * The values a label may take: a closed list, or `open: n` for names that only the running program knows
 * (consumers, routes): the first n distinct ones are kept. Anything else becomes `_other`. Never ids.
 */
export type LabelValues = readonly string[] | { readonly open: number };
export type LabelSets = Readonly<Record<string, LabelValues>>;
export type Labels<L extends LabelSets> = {
  readonly [K in keyof L]: L[K] extends readonly string[] ? L[K][number] : string;
};

export interface MetricSpec<L extends LabelSets> {
  /** Base units and their suffix: `_seconds`, `_bytes`, `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: L;
}

export interface Counter<L extends LabelSets> {
  inc(labels: Labels<L>, by?: number): void;
  /** Creates the series at 0: a series born at 50 has no increase for the alert that watches it. */
  zero(labels: Labels<L>): void;
}

export interface Gauge<L extends LabelSets> {
  set(labels: Labels<L>, value: number): void;
  remove(labels: Labels<L>): void;
}

export interface Histogram<L extends LabelSets> {
  observe(labels: Labels<L>, value: number): void;
}

export interface MetricsRegistry {
  readonly prom: prom.Registry;
  /** Run before each scrape; for figures that are cheaper to read than to keep. */
  readonly collectors: Set<() => void | Promise<void>>;
}

export interface Declare {
  readonly service: string;
  readonly registry: MetricsRegistry;
  /** Counters whose labels are all closed start at 0 in every combination. */
  counter<const L extends LabelSets = Record<never, never>>(spec: MetricSpec<L>): Counter<L>;
  gauge<const L extends LabelSets = Record<never, never>>(spec: MetricSpec<L>): Gauge<L>;
  histogram<const L extends LabelSets = Record<never, never>>(
    spec: MetricSpec<L> & { readonly buckets?: readonly number[] },
  ): Histogram<L>;
  /** Runs `collect` before each scrape, until the returned function is called. */
  onCollect(collect: () => void | Promise<void>): () => void;
}

export const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const OVERFLOW = '_other';

export function createMetricsRegistry(): MetricsRegistry {
  return { prom: new prom.Registry(), collectors: new Set() };
}

/** Several services of one process may declare into one registry: `service` labels every series. */
export function declareMetrics(service: string, registry: MetricsRegistry): Declare {
  const overflow = once(registry, 'telemetry_label_overflow_total', (name) => {
    const help = 'Label values that were not declared and were counted as _other.';
    return new prom.Counter({ name, help, labelNames: ['service', 'metric'], registers: [registry.prom] });
  });
  const checked = <L extends LabelSets>(spec: MetricSpec<L>) =>
    labelGuard(service, spec.labels ?? {}, () => overflow.inc({ service, metric: spec.name }));
  return {
    service,
    registry,
    counter: (spec) => {
      const metric = once(registry, spec.name, () => new prom.Counter(definition(spec, registry)));
      const guard = checked(spec);
      for (const labels of closedCombinations(spec.labels ?? {})) metric.inc(guard(labels), 0);
      return {
        inc: (labels, by = 1) => metric.inc(guard(labels), by),
        zero: (labels) => metric.inc(guard(labels), 0),
      };
    },
    gauge: (spec) => {
      const metric = once(registry, spec.name, () => new prom.Gauge(definition(spec, registry)));
      const guard = checked(spec);
      return {
        set: (labels, value) => metric.set(guard(labels), value),
        remove: (labels) => metric.remove(guard(labels)),
      };
    },
    histogram: (spec) => {
      const buckets = [...(spec.buckets ?? LATENCY_BUCKETS)];
      const create = () => new prom.Histogram({ ...definition(spec, registry), buckets });
      const metric = once(registry, spec.name, create);
      const guard = checked(spec);
      return { observe: (labels, value) => metric.observe(guard(labels), value) };
    },
    onCollect: (collect) => {
      registry.collectors.add(collect);
      return () => registry.collectors.delete(collect);
    },
  };
}

/** OpenMetrics where the scraper asks for it, the Prometheus text format otherwise. */
export async function renderMetrics(
  registry: MetricsRegistry,
  accept = '',
): Promise<{ readonly contentType: string; readonly body: string }> {
  const collected = await Promise.allSettled([...registry.collectors].map(async (collect) => collect()));
  const failed = collected.filter(({ status }) => status === 'rejected').length;
  const failures = once(registry, 'telemetry_collect_failures_total', (name) => {
    const help = 'Figures that could not be read for a scrape.';
    return new prom.Counter({ name, help, registers: [registry.prom] });
  });
  failures.inc(failed);
  if (!accept.includes('application/openmetrics-text')) {
    return { contentType: registry.prom.contentType, body: await registry.prom.metrics() };
  }
  const open = new prom.Registry<prom.OpenMetricsContentType>();
  open.setContentType(prom.Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name } of registry.prom.getMetricsAsArray()) {
    const metric = registry.prom.getSingleMetric(name);
    if (metric !== undefined) open.registerMetric(metric);
  }
  return { contentType: open.contentType, body: await open.metrics() };
}

function once<M extends prom.Metric>(
  registry: MetricsRegistry,
  name: string,
  create: (name: string) => M,
): M {
  const existing = registry.prom.getSingleMetric(name);
  return existing === undefined ? create(name) : (existing as M);
}

function definition(spec: MetricSpec<LabelSets>, registry: MetricsRegistry) {
  const labelNames = ['service', ...Object.keys(spec.labels ?? {})];
  return { name: spec.name, help: spec.help, labelNames, registers: [registry.prom] };
}

function labelGuard(service: string, sets: LabelSets, onOverflow: () => void) {
  const allowed = Object.entries(sets).map(([name, values]) => {
    const closed = 'open' in values ? undefined : new Set(values);
    return { name, seen: closed ?? new Set<string>(), room: 'open' in values ? values.open : 0 };
  });
  return (labels: Readonly<Record<string, string>>): Record<string, string> => {
    const safe: Record<string, string> = { service };
    for (const { name, seen, room } of allowed) {
      const value = labels[name] ?? OVERFLOW;
      if (!seen.has(value) && seen.size < room) seen.add(value);
      const known = seen.has(value);
      if (!known) onOverflow();
      safe[name] = known ? value : OVERFLOW;
    }
    return safe;
  };
}

function closedCombinations(sets: LabelSets): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(sets)) {
    if ('open' in values) return [];
    combinations = combinations.flatMap((base) => values.map((value) => ({ ...base, [name]: value })));
  }
  return combinations;
}
