import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { context, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace, type SpanOptions } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { inOwnTrace } from './own-trace.ts';

const theirs = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };

describe('a trace that a caller brings', () => {
  const started: SpanOptions[] = [];
  let ended = 0;

  before(() => {
    const continued = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(theirs));
    context.setGlobalContextManager({
      active: () => continued,
      with: (_context, run, self, ...given) => run.call(self, ...given),
      bind: (_context, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    const span = Object.assign(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), {
      end: () => {
        ended += 1;
      },
    });
    const startActiveSpan = (_name: string, options: SpanOptions, run: (active: typeof span) => unknown) => {
      started.push(options);
      return run(span);
    };
    trace.setGlobalTracerProvider({
      getTracer: () => ({ startSpan: () => span, startActiveSpan: startActiveSpan as never }),
    });
  });
  after(() => {
    trace.disable();
    context.disable();
  });

  const pass = (headers: Readonly<Record<string, string>>) => {
    const req = { method: 'GET', headers: { ...headers } } as unknown as IncomingMessage;
    const res = new EventEmitter();
    let passed = 0;
    inOwnTrace(() => {
      passed += 1;
    })(req, res as ServerResponse);
    assert.equal(passed, 1);
    return { req, res };
  };

  it('is left for one of our own, linked to it', () => {
    const traceparent = `00-${theirs.traceId}-${theirs.spanId}-01`;
    const { req, res } = pass({ traceparent, tracestate: 'a=b', baggage: 'role=admin', accept: '*/*' });
    assert.deepEqual(started, [{ root: true, links: [{ context: theirs }] }]);
    assert.deepEqual(req.headers, { accept: '*/*' });
    assert.equal(ended, 0);
    res.emit('close');
    assert.equal(ended, 1);
  });

  it('costs nothing where there is none', () => {
    started.length = 0;
    pass({ accept: '*/*' });
    assert.deepEqual(started, []);
  });
});
