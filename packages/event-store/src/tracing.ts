/** Trace contexts as W3C `traceparent` strings, and the spans of batches. Costs next to nothing without an SDK. */
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const tracer = () => trace.getTracer('@ecommercestack/event-store');

export function parseTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparentPattern.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

/** The active span as `traceparent`; undefined where nothing is traced. */
export function activeTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, '0')}`;
}

/** The active context with the creation context of a message as the remote parent, if it has one. */
export function contextOf(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent === undefined ? context.active() : trace.setSpanContext(context.active(), parent);
}

function linksTo(spanContexts: readonly (SpanContext | undefined)[]): Link[] {
  return spanContexts.filter((each) => each !== undefined).map((each) => ({ context: each }));
}

/** The span of one message, from submit to settled; its parent is the creation context, the ambient span a link. */
export function startProcessSpan(
  consumer: string,
  messageId: string | undefined,
  traceparent: string | undefined,
) {
  const ambient = traceparent === undefined ? undefined : trace.getActiveSpan()?.spanContext();
  return tracer().startSpan(
    `process ${consumer}`,
    {
      kind: SpanKind.CONSUMER,
      links: linksTo([ambient]),
      attributes: {
        'messaging.system': 'postgresql',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': consumer,
        ...(messageId === undefined ? {} : { 'messaging.message.id': messageId }),
      },
    },
    contextOf(traceparent),
  );
}

/** Runs `fn` inside `span` and ends it; a throw is recorded and passed on. */
export async function inSpan<T>(span: Span, fn: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), fn);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

export function markFailed(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A root span over several messages, linked to each of them and each of them to it. */
export function startBatchSpan(name: string, messages: readonly Span[]): Span {
  const links = linksTo(
    messages.map((span) => span.spanContext()).filter((each) => isSpanContextValid(each)),
  );
  const batch = tracer().startSpan(name, {
    kind: SpanKind.INTERNAL,
    root: true,
    links,
    attributes: { 'messaging.batch.message_count': messages.length },
  });
  for (const span of messages) span.addLink({ context: batch.spanContext() });
  return batch;
}

/** The root span of one publish call, linked to the creation context of each message. */
export function startSendSpan(topic: string, traceparents: readonly (string | undefined)[]): Span {
  return tracer().startSpan(`send ${topic}`, {
    kind: SpanKind.CLIENT,
    root: true,
    links: linksTo(traceparents.map(parseTraceparent)),
    attributes: {
      'messaging.destination.name': topic,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': traceparents.length,
    },
  });
}

/** The root span of a fired timer, linked to what set it. */
export function startTimerSpan(name: string, traceparent: string | undefined): Span {
  return tracer().startSpan(`fire ${name}`, {
    kind: SpanKind.INTERNAL,
    root: true,
    links: linksTo([parseTraceparent(traceparent)]),
  });
}
