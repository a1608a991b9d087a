/** Reads the spans that a platform wrote with `OTEL_TRACES_EXPORTER=file`. */
import { readFile } from 'node:fs/promises';

export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** One line of the file; `parentSpanId` is missing in the root of a trace. */
export interface Span extends SpanRef {
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
