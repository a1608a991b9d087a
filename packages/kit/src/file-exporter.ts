import { appendFileSync } from 'node:fs';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Appends one JSON line per span, at once, so that a test can read them while the program runs. */
export function createFileExporter(path: string): SpanExporter {
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => {
      appendFileSync(path, spans.map((span) => `${JSON.stringify(spanLine(span))}\n`).join(''));
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
}

/** `kind` as in the OpenTelemetry API: 0 internal, 1 server, 2 client, 3 producer, 4 consumer. Milliseconds. */
function spanLine(span: ReadableSpan) {
  const { traceId, spanId } = span.spanContext();
  const ms = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1_000 + nanoseconds / 1e6;
  return {
    service: span.resource.attributes['service.name'],
    scope: span.instrumentationScope.name,
    name: span.name,
    kind: span.kind,
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    startMs: ms(span.startTime),
    durationMs: ms(span.duration),
    status: span.status.code,
    attributes: span.attributes,
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
  };
}
