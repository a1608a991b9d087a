import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, test } from 'node:test';
import {
  context,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanOptions,
} from '@opentelemetry/api';
import { createProcessor } from './processor.ts';
import { createRelay } from './relay.ts';
import { until, withStore } from './spec-support.ts';
import { parseTraceparent } from './tracing.ts';
import type { Envelope, OutboxRecord } from './types.ts';

interface Finished {
  readonly name: string;
  readonly context: SpanContext;
  readonly parentSpanId: string | undefined;
  readonly links: Link[];
}

const finished: Finished[] = [];
const active = new AsyncLocalStorage<Context>();
let ids = 0;
const nextId = (length: number) => (++ids).toString(16).padStart(length, '0');

/** The least of an SDK: ids, parents, links and the active context. */
function startSpan(name: string, options: SpanOptions = {}, from: Context = context.active()): Span {
  const parent = options.root === true ? undefined : trace.getSpanContext(from);
  const own = { traceId: parent?.traceId ?? nextId(32), spanId: nextId(16), traceFlags: 1 };
  const links = [...(options.links ?? [])];
  const span = trace.wrapSpanContext(own);
  span.addLink = (link) => {
    links.push(link);
    return span;
  };
  span.end = () => void finished.push({ name, context: own, parentSpanId: parent?.spanId, links });
  return span;
}

before(() => {
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (entered, fn, self, ...args) => active.run(entered, () => fn.apply(self, args)),
    bind: (_context, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan,
      startActiveSpan() {
        throw new Error('not used');
      },
    }),
  });
});

after(() => {
  context.disable();
  trace.disable();
});

const traceOf = (index: number) => index.toString(16).padStart(31, '0').padStart(32, 'a');

test('of 20 messages in one batch each keeps its own trace, from its parent to what it publishes', () =>
  withStore(async ({ store, onEnd }) => {
    const records: OutboxRecord[] = [];
    const relay = createRelay({
      store,
      publish: (published) => {
        records.push(...published);
        return Promise.resolve(published.map(() => 'published' as const));
      },
    });
    onEnd(() => relay.stop());
    await relay.start();
    const processor = createProcessor<Envelope & { readonly key: string }, void>({
      store,
      consumer: 'spec',
      streams: ({ key }) => [key],
      handle: (tx, messages) =>
        Promise.resolve(
          messages.map((message) =>
            tx.within(message, () =>
              tx.publish([{ topic: 'out', key: message.key, type: 'x', payload: message.traceparent }]),
            ),
          ),
        ),
    });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        processor.submit({
          messageId: `m${index}`,
          key: `k${index}`,
          traceparent: `00-${traceOf(index)}-00000000000000ff-01`,
        }),
      ),
    );
    await until(() => records.length === 20);
    await relay.stop();
    const processed = finished.filter(({ name }) => name === 'process spec');
    const batches = finished.filter(({ name }) => name === 'commit batch');
    const sends = finished.filter(({ name }) => name === 'send out');
    assert.equal(processed.length, 20);
    for (const { payload, traceparent } of records) {
      const inbound = parseTraceparent(payload as string);
      const span = processed.find(({ context }) => context.traceId === inbound?.traceId);
      assert.equal(span?.parentSpanId, inbound?.spanId);
      assert.equal(parseTraceparent(traceparent)?.spanId, span?.context.spanId);
    }
    for (const batch of batches) {
      assert.equal(batch.parentSpanId, undefined);
      const linked = processed.filter(({ links }) =>
        links.some((link) => link.context.spanId === batch.context.spanId),
      );
      assert.deepEqual(
        batch.links.map((link) => link.context.spanId).toSorted(),
        linked.map((span) => span.context.spanId).toSorted(),
      );
    }
    assert.equal(batches.flatMap(({ links }) => links).length, 20);
    assert.ok(sends.every(({ parentSpanId }) => parentSpanId === undefined));
    assert.deepEqual(
      sends.flatMap(({ links }) => links.map((link) => link.context.spanId)).toSorted(),
      processed.map((span) => span.context.spanId).toSorted(),
    );
  }));
