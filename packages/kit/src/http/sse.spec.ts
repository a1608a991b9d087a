import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { createMetrics } from '../kit-metrics.ts';
import { renderMetrics } from '../metrics.ts';
import type { StreamEvent } from '../ports.ts';
import { eventually, memoryLogger } from '../testing.ts';
import { createHttpApp } from './app.ts';
import { listen } from './listen.ts';
import { formatEvent, lastEventId, sendEvents } from './sse.ts';
import type { SendEventsOptions } from './sse.ts';

type Source = (lastId: string | undefined) => AsyncIterable<StreamEvent>;

async function withStream(
  source: Source,
  options: SendEventsOptions,
  run: (url: string, metrics: ReturnType<typeof createMetrics>) => Promise<void>,
): Promise<void> {
  const metrics = createMetrics({ service: 'shop' });
  const app = createHttpApp({
    metrics,
    logger: memoryLogger(),
    routes: (inside) => {
      inside.get('/events', async (req, res) => sendEvents(res, source(lastEventId(req)), options));
    },
  });
  const server = await listen(app, { port: 0, host: '127.0.0.1' });
  try {
    await run(`${server.url}/events`, metrics);
  } finally {
    await server.close(0);
  }
}

/** Yields the events, then waits for its consumer to leave. */
function endless(events: readonly StreamEvent[], onEnd: () => void): Source {
  return () => {
    const pending = Promise.withResolvers<IteratorResult<StreamEvent>>();
    const queue = [...events];
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          const value = queue.shift();
          return value === undefined ? pending.promise : { value, done: false };
        },
        return: async () => {
          onEnd();
          return { value: undefined, done: true };
        },
      }),
    };
  };
}

function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, resolve).on('error', reject).end();
  });
}

describe('server-sent events', () => {
  it('are written with id, event and JSON data, from where the client left off', async () => {
    async function* from(lastId = '0'): AsyncGenerator<StreamEvent> {
      for (let n = Number(lastId) + 1; n <= 3; n += 1)
        yield { id: `${n}`, event: 'n', data: { n, text: 'a\nb' } };
    }
    await withStream(from, {}, async (url) => {
      const answer = await fetch(url, { headers: { 'last-event-id': '1' } });
      assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
      assert.equal(answer.headers.get('cache-control'), 'no-store, no-transform');
      const event = (n: number) => `id: ${n}\nevent: n\ndata: {"n":${n},"text":"a\\nb"}\n\n`;
      assert.equal(await answer.text(), event(2) + event(3));
    });
  });

  it('cannot be forged by a name or an id', () => {
    assert.equal(
      formatEvent({ id: '1\n\ndata: x', event: 'a\r\nb', data: undefined }),
      'id: 1  data: x\nevent: a  b\ndata: null\n\n',
    );
  });

  it('a client that leaves ends the source', async () => {
    const ended = Promise.withResolvers<void>();
    await withStream(endless([{ event: 'a', data: 1 }], ended.resolve), {}, async (url, metrics) => {
      const answer = await open(url);
      answer.on('error', () => {}).once('data', () => answer.destroy());
      await ended.promise;
      await eventually(async () => {
        const { body } = await renderMetrics(metrics.registry);
        assert.match(body, /http_route="\/events#stream",http_response_status_code="200"/);
      });
    });
  });

  it('the signal ends the stream properly', async () => {
    const ended = Promise.withResolvers<void>();
    const draining = new AbortController();
    const source = endless([{ event: 'a', data: 1 }], ended.resolve);
    await withStream(source, { signal: draining.signal }, async (url) => {
      const answer = await fetch(url);
      draining.abort();
      await answer.text();
      await ended.promise;
    });
  });

  it('heartbeats keep a quiet stream open', async () => {
    await withStream(
      endless([], () => {}),
      { heartbeatMs: 5 },
      async (url) => {
        const answer = await open(url);
        const [chunk] = await new Promise<[Buffer]>((resolve) =>
          answer.once('data', (data: Buffer) => resolve([data])),
        );
        assert.equal(chunk.toString(), ':\n\n');
        answer.on('error', () => {}).destroy();
      },
    );
  });

  it('a source that breaks shows as a broken stream, not as its end', async () => {
    async function* broken(): AsyncGenerator<StreamEvent> {
      yield { event: 'a', data: 1 };
      throw new Error('the database is away');
    }
    await withStream(broken, {}, async (url) => {
      await assert.rejects(async () => (await fetch(url)).text());
    });
  });

  it('a client that does not read holds the source back', async () => {
    let produced = 0;
    async function* flood(): AsyncGenerator<StreamEvent> {
      for (; produced < 100_000; produced += 1) yield { event: 'n', data: 'x'.repeat(10_000) };
    }
    await withStream(flood, {}, async (url) => {
      const answer = await open(url);
      answer.pause();
      let before = -1;
      await eventually(async () => {
        const since = produced - before;
        before = produced;
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(since, 0);
      });
      assert.ok(produced > 0 && produced < 100_000, `${produced} events for nobody`);
      answer.on('error', () => {}).destroy();
    });
  });
});
