import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Router } from 'express';
import { fetch } from 'undici';
import { listen } from '../http/listen.ts';
import { createMetrics } from '../kit-metrics.ts';
import { memoryLogger } from '../testing.ts';
import { actorHeader, parseActorHeader } from './actor-header.ts';
import { createAppHandler } from './app-handler.ts';
import type { Deliver } from './deliveries.ts';

async function startApp(apiToken?: string, isReady = async () => true, deliver?: Deliver) {
  const router = Router();
  router.post('/echo', (req, res) => void res.json({ got: req.body as unknown }));
  const parts = { logger: memoryLogger(), metrics: createMetrics({ service: 'test' }) };
  const token = apiToken === undefined ? {} : { apiToken };
  const handler = createAppHandler({
    ...parts,
    ...token,
    ...(deliver !== undefined && { deliver }),
    routers: [router],
    isReady,
  });
  const server = await listen(handler, { port: 0, host: '127.0.0.1' });
  const ask = (path: string, init: Parameters<typeof fetch>[1] = {}) => fetch(server.url + path, init);
  return { ask, [Symbol.asyncDispose]: () => server.close(0) };
}

describe('the port of an app', () => {
  it('is closed to whoever does not know its token', async () => {
    await using app = await startApp('secret');
    const post = (headers: Record<string, string>) =>
      app.ask('/echo', {
        method: 'POST',
        body: '1',
        headers: { 'content-type': 'application/json', ...headers },
      });
    for (const token of ['', 'secreT', 'a much longer one than that'])
      assert.equal((await post({ 'dapr-api-token': token })).status, 401, token);
    assert.equal((await post({})).status, 401);
    const answer = await post({ 'dapr-api-token': 'secret' });
    assert.deepEqual(await answer.json(), { got: 1 });
  });

  it('tells its health without one, as the probe of the sidecar brings none', async () => {
    let ready = false;
    await using app = await startApp('secret', async () => ready);
    assert.equal((await app.ask('/healthz')).status, 503);
    ready = true;
    assert.equal((await app.ask('/healthz')).status, 200);
  });

  it('takes deliveries by the same token, and answers what is none of them', async () => {
    const taken: unknown[] = [];
    await using app = await startApp(
      'secret',
      async () => true,
      async (path, event) => {
        if (event === 'poison') throw new Error('no');
        return { path, taken: taken.push(event) };
      },
    );
    const post = async (path: string, body: string, token = 'secret') => {
      const answer = await app.ask(path, { method: 'POST', body, headers: { 'dapr-api-token': token } });
      return { status: answer.status, body: await answer.json() };
    };
    assert.equal((await post('/messages/a', '{}', 'wrong')).status, 401);
    assert.equal((await post('/messages/a', 'no JSON')).status, 400);
    assert.equal((await post('/messages/a', JSON.stringify('x'.repeat(17 * 2 ** 20)))).status, 413);
    assert.equal((await post('/messages/a', '"poison"')).status, 500);
    assert.deepEqual(taken, []);
    const expected = { status: 200, body: { path: '/messages/a', taken: 1 } };
    assert.deepEqual(await post('/messages/a', '{"text":"grüße"}'), expected);
    assert.deepEqual(taken, [{ text: 'grüße' }]);
    assert.equal((await post('/dead-letters', '{}')).status, 200);
    assert.equal((await app.ask('/messages/a', { headers: { 'dapr-api-token': 'secret' } })).status, 404);
  });

  it('names no subscriptions, which are files', async () => {
    await using app = await startApp();
    assert.deepEqual(await (await app.ask('/dapr/subscribe')).json(), []);
  });
});

describe('who is calling', () => {
  it('comes through a header, whatever the name', () => {
    for (const id of ['ada', 'guest:1', 'Ærø\n"; drop']) {
      const actor = { id, roles: ['admin', 'søster'] };
      const header = actorHeader(actor);
      assert.match(header, /^[\w-]+$/);
      assert.deepEqual(parseActorHeader(header), actor);
    }
  });

  it('is nobody where the header is missing or not ours', () => {
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const header of [
      undefined,
      '',
      '%%%',
      encoded(7),
      encoded({ id: '' }),
      encoded({ id: 'a', roles: 'admin' }),
    ])
      assert.equal(parseActorHeader(header), undefined);
  });
});
