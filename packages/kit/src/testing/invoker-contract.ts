/** What every invoker must do, whatever carries the calls. Inputs and answers are JSON. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { CallContext, Invoker, MethodTable, Outcome, StreamEvent } from '../ports.ts';
import { UpstreamError } from '../ports.ts';
import { callContext } from './context.ts';

export interface InvokerUnderTest {
  readonly invoker: Invoker;
  close(): Promise<void>;
}

/** Makes an invoker that reaches these apps, and gives a call up after `timeoutMs`. */
export type MakeInvoker = (
  apps: ReadonlyMap<string, MethodTable>,
  timeoutMs: number,
) => Promise<InvokerUnderTest>;

type Unary = (input: unknown, context: CallContext) => Promise<Outcome<unknown>>;
type Stream = (input: unknown, context: CallContext) => Promise<Outcome<AsyncIterable<StreamEvent>>>;
type WithApp = (
  methods: { readonly unary?: Record<string, Unary>; readonly stream?: Record<string, Stream> },
  run: (invoker: Invoker) => Promise<void>,
) => Promise<void>;

const APP = 'contract-app';
const TIMEOUT_MS = 1_000;

export function invokerContract(name: string, makeInvoker: MakeInvoker): void {
  const withApp: WithApp = async ({ unary = {}, stream = {} }, run) => {
    const table = { unary: new Map(Object.entries(unary)), stream: new Map(Object.entries(stream)) };
    const underTest = await makeInvoker(new Map([[APP, table]]), TIMEOUT_MS);
    try {
      await run(underTest.invoker);
    } finally {
      await underTest.close();
    }
  };
  describe(`${name}: invoker contract`, () => {
    answerTests(withApp);
    failureTests(withApp);
    streamTests(withApp);
  });
}

function answerTests(withApp: WithApp): void {
  it('answers with the value of the method', async () => {
    const echo: Unary = async (input) => ({ ok: true, value: { input, list: [1, null, 'ü'] } });
    await withApp({ unary: { echo } }, async (invoker) => {
      const outcome = await invoker.call(APP, 'echo', { a: [{ b: 1 }] }, callContext());
      assert.deepEqual(outcome, { ok: true, value: { input: { a: [{ b: 1 }] }, list: [1, null, 'ü'] } });
    });
  });

  it('passes a refusal on as a value', async () => {
    const problem = { code: 'sold-out', detail: 'None are left.', extra: { errors: [{ path: 'a' }] } };
    const refuse: Unary = async () => ({ ok: false, problem });
    await withApp({ unary: { refuse } }, async (invoker) => {
      assert.deepEqual(await invoker.call(APP, 'refuse', {}, callContext()), { ok: false, problem });
    });
  });

  it('tells the method who is calling, and for which request', async () => {
    const whoami: Unary = async (_input, { requestId, actor }) => ({ ok: true, value: { requestId, actor } });
    await withApp({ unary: { whoami } }, async (invoker) => {
      const caller = { requestId: 'request-42', actor: { id: 'customer-7', roles: ['support', 'admin'] } };
      const outcome = await invoker.call(APP, 'whoami', {}, callContext(caller));
      assert.deepEqual(outcome, { ok: true, value: caller });
    });
  });

  it('keeps concurrent calls apart', async () => {
    const echo: Unary = async (input) => ({ ok: true, value: input });
    await withApp({ unary: { echo } }, async (invoker) => {
      const numbers = Array.from({ length: 100 }, (_, index) => index);
      const answers = await Promise.all(numbers.map((n) => invoker.call(APP, 'echo', { n }, callContext())));
      assert.deepEqual(
        answers,
        numbers.map((n) => ({ ok: true, value: { n } })),
      );
    });
  });
}

function failureTests(withApp: WithApp): void {
  it('an app or a method that is not there is unavailable', async () => {
    await withApp({}, async (invoker) => {
      const nobody = invoker.call('nobody', 'echo', {}, callContext());
      await assert.rejects(nobody, upstream('nobody', 'unavailable'));
      await assert.rejects(invoker.call(APP, 'nothing', {}, callContext()), upstream(APP, 'unavailable'));
      await assert.rejects(invoker.stream(APP, 'nothing', {}, callContext()), upstream(APP, 'unavailable'));
    });
  });

  it('a method that throws has failed', async () => {
    const broken: Unary = async () => {
      throw new Error('a bug');
    };
    await withApp({ unary: { broken } }, async (invoker) => {
      await assert.rejects(invoker.call(APP, 'broken', {}, callContext()), upstream(APP, 'failed'));
    });
  });

  it('a method that takes too long is given up, and sees it', async () => {
    const aborted = Promise.withResolvers<void>();
    const slow: Unary = (_input, { signal }) => hang(signal, aborted.resolve);
    await withApp({ unary: { slow } }, async (invoker) => {
      await assert.rejects(invoker.call(APP, 'slow', {}, callContext()), upstream(APP, 'timeout'));
      await aborted.promise;
    });
  });

  it('a caller who leaves ends the call, also one that has not begun', async () => {
    const aborted = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const slow: Unary = (_input, { signal }) => {
      started.resolve();
      return hang(signal, aborted.resolve);
    };
    await withApp({ unary: { slow } }, async (invoker) => {
      const leaving = new AbortController();
      const call = invoker.call(APP, 'slow', {}, callContext({ signal: leaving.signal }));
      await started.promise;
      leaving.abort();
      await assert.rejects(call, upstream(APP, 'timeout'));
      await aborted.promise;
      const late = invoker.call(APP, 'slow', {}, callContext({ signal: leaving.signal }));
      await assert.rejects(late, upstream(APP, 'timeout'));
    });
  });
}

function streamTests(withApp: WithApp): void {
  const count = (broken: boolean): Stream => {
    async function* events(): AsyncGenerator<StreamEvent> {
      for (const n of [1, 2, 3]) yield { id: `${n}`, event: 'number', data: { n } };
      if (broken) throw new Error('a broken source');
    }
    return async () => ({ ok: true, value: events() });
  };
  const expected = [1, 2, 3].map((n) => ({ id: `${n}`, event: 'number', data: { n } }));

  it('streams events in order, to their end', async () => {
    await withApp({ stream: { count: count(false) } }, async (invoker) => {
      const opened = await invoker.stream(APP, 'count', {}, callContext());
      assert.ok(opened.ok);
      const seen: StreamEvent[] = [];
      for await (const event of opened.value) seen.push(event);
      assert.deepEqual(seen, expected);
    });
  });

  it('refuses a stream with a value', async () => {
    const problem = { code: 'not-found', detail: 'There is no such thing.' };
    await withApp({ stream: { refuse: async () => ({ ok: false, problem }) } }, async (invoker) => {
      assert.deepEqual(await invoker.stream(APP, 'refuse', {}, callContext()), { ok: false, problem });
    });
  });

  it('a source that breaks shows after its last event', async () => {
    await withApp({ stream: { count: count(true) } }, async (invoker) => {
      const opened = await invoker.stream(APP, 'count', {}, callContext());
      assert.ok(opened.ok);
      const seen: StreamEvent[] = [];
      const reading = (async () => {
        for await (const event of opened.value) seen.push(event);
      })();
      await assert.rejects(reading, upstream(APP, 'failed'));
      assert.deepEqual(seen, expected);
    });
  });

  it('a stream outlasts the time limit of a call, and ends with its source when the listener leaves', async () => {
    const released = Promise.withResolvers<void>();
    await withApp({ stream: { tick: ticking(released.resolve) } }, async (invoker) => {
      const leaving = new AbortController();
      const opened = await invoker.stream(APP, 'tick', {}, callContext({ signal: leaving.signal }));
      assert.ok(opened.ok);
      const seen: unknown[] = [];
      for await (const { data } of opened.value) {
        seen.push(data);
        if (data === 2) setImmediate(() => leaving.abort());
      }
      assert.deepEqual(seen, [1, 2]);
      await released.promise;
    });
  });

  it('a listener who stops reading ends the source too', async () => {
    const released = Promise.withResolvers<void>();
    await withApp({ stream: { tick: ticking(released.resolve) } }, async (invoker) => {
      const opened = await invoker.stream(APP, 'tick', {}, callContext());
      assert.ok(opened.ok);
      for await (const event of opened.value) {
        assert.deepEqual(event, { event: 'tick', data: 1 });
        break;
      }
      await released.promise;
    });
  });
}

/** Ticks, ticks again when the time limit of a call has passed, and then waits for its listener to leave. */
function ticking(onRelease: () => void): Stream {
  async function* ticks(signal: AbortSignal): AsyncGenerator<StreamEvent> {
    yield { event: 'tick', data: 1 };
    await wait(TIMEOUT_MS * 2);
    yield { event: 'tick', data: 2 };
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
  return async (_input, { signal }) => {
    signal.addEventListener('abort', onRelease, { once: true });
    return { ok: true, value: ticks(signal) };
  };
}

function hang(signal: AbortSignal, onAbort: () => void): Promise<never> {
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return new Promise<never>(() => {});
}

function upstream(appId: string, kind: UpstreamError['kind']) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UpstreamError, `not an UpstreamError: ${String(error)}`);
    assert.deepEqual({ appId: error.appId, kind: error.kind }, { appId, kind });
    return true;
  };
}
