/** Reads the spans that a platform wrote with `OTEL_TRACES_EXPORTER=file`. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Platform } from './platform.ts';

export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** One line of the file; `parentSpanId` is missing in the root of a trace. */
export interface Span extends SpanRef {
  /** That of the process. */
  readonly service: string;
  readonly scope: string;
  readonly name: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly SpanRef[];
}

export class Traces {
  readonly spans: readonly Span[];
  readonly #bySpanId: ReadonlyMap<string, Span>;

  private constructor(spans: readonly Span[]) {
    this.spans = spans;
    this.#bySpanId = new Map(spans.map((span) => [span.spanId, span]));
  }

  static async read(file: string): Promise<Traces> {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    return new Traces(lines.map((line) => JSON.parse(line) as Span));
  }

  of(traceId: string): readonly Span[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Undefined for the root, and for a parent that was never written. */
  parentOf(span: Span): Span | undefined {
    return this.#bySpanId.get(span.parentSpanId ?? '');
  }

  linked(span: Span): readonly Span[] {
    return span.links.map(({ spanId }) => this.#bySpanId.get(spanId)).filter((each) => each !== undefined);
  }
}

/** How often each name occurs, sorted by name. */
export function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const groups = [...Map.groupBy(items, nameOf)].map(([name, group]): [string, number] => [
    name,
    group.length,
  ]);
  return Object.fromEntries(groups.toSorted(([a], [b]) => a.localeCompare(b)));
}

export function concerns(span: Span, orderId: string): boolean {
  return JSON.stringify(span.attributes['event_store.streams'] ?? []).includes(orderId);
}

/** Every event of the order and of its payment says in which trace it happened. */
export async function tracesOfEvents({ access }: Platform, orderId: string): Promise<readonly string[]> {
  const found = await Promise.all(
    ['order', 'payment'].map(async (service) => {
      const client = new pg.Client(access.databases[service]);
      await client.connect();
      try {
        const { rows } = await client.query<{ traceparent: string }>(
          `SELECT metadata ->> 'traceparent' AS traceparent FROM events WHERE stream_id = $1`,
          [`${service}-${orderId}`],
        );
        return rows.map(({ traceparent }) => traceparent.split('-')[1] ?? '');
      } finally {
        await client.end();
      }
    }),
  );
  return found.flat();
}
