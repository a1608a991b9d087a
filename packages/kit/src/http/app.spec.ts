import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import type { Express } from 'express';
import { createMetrics } from '../kit-metrics.ts';
import { renderMetrics } from '../metrics.ts';
import { UpstreamError } from '../ports.ts';
import { eventually, memoryLogger } from '../testing.ts';
import { createHttpApp } from './app.ts';
import { listen } from './listen.ts';
import type { RunningServer } from './listen.ts';
import { sendProblem } from './problems.ts';

const metrics = createMetrics({ service: 'shop' });
const logger = memoryLogger();

class OutOfStock extends Error {}

function routes(app: Express): void {
  app.get('/things/:id', (req, res) => void res.json({ id: req.params.id }));
  app.post('/things', (req, res) => void res.status(201).json(req.body));
  app.post('/webhook', express.raw({ type: () => true }), (req, res) => {
    const bytes: unknown = req.body;
    assert.ok(Buffer.isBuffer(bytes));
    res.json({ digest: createHmac('sha256', 'key').update(bytes).digest('hex') });
  });
  app.get('/broken', async () => {
    throw new Error('password=hunter2 at line 7');
  });
  app.get('/upstream/:kind', (req) => {
    throw new UpstreamError('order', req.params.kind === 'timeout' ? 'timeout' : 'unavailable');
  });
  app.get('/sold-out', () => {
    throw new OutOfStock();
  });
  app.get('/half', (_req, res) => {
    res.write('half');
    throw new Error('too late');
  });
  const nested = express.Router();
  nested.get('/deep/:id', (_req, res) => void res.json({}));
  nested.get('/bad/:id', async () => {
    throw new Error('nested');
  });
  app.use('/nested', nested);
}

const app = createHttpApp({
  metrics,
  logger,
  routes,
  rawBody: ['/webhook'],
  bodyLimit: '1kb',
  problemOf: (error) =>
    error instanceof OutOfStock ? { status: 409, code: 'out-of-stock', title: 'None left' } : undefined,
});

let server: RunningServer;
before(async () => {
  server = await listen(app, { port: 0, host: '127.0.0.1' });
});
after(async () => server.close(0));

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text || '{}') as Readonly<Record<string, unknown>>,
  };
}

const json = (body: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});

describe('http app', () => {
  it('serves JSON, and says nothing about what serves it', async () => {
    const { status, headers, body } = await ask('/things', json('{"a":1}'));
    assert.deepEqual({ status, body }, { status: 201, body: { a: 1 } });
    assert.equal(headers.get('x-powered-by'), null);
  });

  it('echoes a sane request id and replaces any other', async () => {
    const idFor = async (id: string) =>
      (await ask('/things/1', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    assert.equal(await idFor('request-0001'), 'request-0001');
    const made = await idFor('bad id; with=stuff');
    assert.match(made ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(await idFor('x'.repeat(129)), 'x'.repeat(129));
  });

  it('leaves the bytes of a signed body alone', async () => {
    const { body } = await ask('/webhook', json('{"a" : 1}'));
    assert.deepEqual(body, { digest: createHmac('sha256', 'key').update('{"a" : 1}').digest('hex') });
  });

  it('answers what it cannot read or find with a problem', async () => {
    const cases: readonly (readonly [string, RequestInit | undefined, number, string])[] = [
      ['/nowhere', undefined, 404, 'not-found'],
      ['/nested/nowhere', undefined, 404, 'not-found'],
      ['/things', json('{"a":'), 400, 'invalid-request'],
      ['/things', json(`{"a":"${'x'.repeat(2_000)}"}`), 413, 'payload-too-large'],
      ['/things/%ff', undefined, 400, 'invalid-request'],
      ['/things/1', { method: 'DELETE' }, 405, 'method-not-allowed'],
      ['/nested/deep/1', { method: 'DELETE' }, 405, 'method-not-allowed'],
      ['/sold-out', undefined, 409, 'out-of-stock'],
      ['/upstream/timeout', undefined, 504, 'upstream-timeout'],
      ['/upstream/gone', undefined, 503, 'upstream-unavailable'],
      ['/broken', undefined, 500, 'internal'],
    ];
    for (const [path, init, status, code] of cases) {
      const answer = await ask(path, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), 'x-request-id': 'request-0001' },
      });
      const { type, status: inBody, code: codeInBody, instance } = answer.body;
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      assert.deepEqual(
        { path, http: answer.status, type, inBody, codeInBody, instance },
        {
          path,
          http: status,
          type: `/problems/${code}`,
          inBody: status,
          codeInBody: code,
          instance: '/requests/request-0001',
        },
      );
    }
  });

  it('names the methods that a resource has', async () => {
    const answer = await ask('/nested/deep/1', { method: 'DELETE' });
    assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  });

  it('hides what went wrong inside, and logs it with the request', async () => {
    logger.lines.length = 0;
    const { body } = await ask('/broken', { headers: { 'x-request-id': 'request-0002' } });
    assert.doesNotMatch(JSON.stringify(body), /hunter2|line 7|stack/);
    const logged = logger.lines.find((line) => line.includes('request failed')) ?? '';
    assert.match(logged, /at line 7.*"requestId":"request-0002"/);
  });

  it('cuts off an answer that breaks half-way', async () => {
    await assert.rejects(async () => (await fetch(`${server.url}/half`)).text());
  });

  it('carries the list of problems and further members', async () => {
    const errors = [{ path: 'items.0.sku', message: 'is missing' }];
    const inner = createHttpApp({
      metrics,
      logger,
      routes: (inside) => {
        const problem = {
          status: 400,
          code: 'invalid-request',
          title: 'No',
          detail: 'Look.',
          errors,
          extra: { left: 3 },
        };
        inside.get('/', (_req, res) => sendProblem(res, problem));
      },
    });
    const own = await listen(inner, { port: 0, host: '127.0.0.1' });
    const { instance, ...body } = (await (await fetch(own.url)).json()) as Record<string, unknown>;
    await own.close(0);
    assert.match(String(instance), /^\/requests\//);
    const type = '/problems/invalid-request';
    assert.deepEqual(body, {
      left: 3,
      type,
      title: 'No',
      status: 400,
      code: 'invalid-request',
      detail: 'Look.',
      errors,
    });
  });
});

describe('request metrics', () => {
  async function countOf(method: string, route: string, status: string): Promise<string | undefined> {
    const labels = `http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"`;
    const { body } = await renderMetrics(metrics.registry);
    const name = `http_server_request_duration_seconds_count{service="shop",${labels}} `;
    return body
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(name.length);
  }

  it('are labelled by the route as it was declared, however the request ends', async () => {
    await ask('/things/4711');
    await ask('/nested/deep/1');
    await ask('/nested/bad/1');
    await ask('/wp-admin.php');
    await ask('/things/1', { headers: { prefer: 'wait=5' } });
    await eventually(async () => {
      assert.notEqual(await countOf('GET', '/things/:id', '200'), undefined);
      assert.equal(await countOf('GET', '/nested/deep/:id', '200'), '1');
      assert.equal(await countOf('GET', '/nested/bad/:id', '500'), '1');
      assert.equal(await countOf('GET', '/things/:id#wait', '200'), '1');
      assert.notEqual(await countOf('GET', '_unmatched', '404'), undefined);
    });
  });

  it('do not grow with the URLs that callers make up', async () => {
    const lines = async () => (await renderMetrics(metrics.registry)).body.split('\n').length;
    await ask('/random/0');
    const first = await eventually(lines);
    await Promise.all(Array.from({ length: 200 }, (_, index) => ask(`/random/${index}?x=${index}`)));
    assert.equal(await lines(), first);
  });
});
