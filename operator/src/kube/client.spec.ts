import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Agent } from 'undici';
import { createKube, NotLeading, type ClientOptions } from './client.ts';
import { connectWith, type Connection } from './connection.ts';

const STACK = { namespace: 'default', name: 'shop', uid: 'uid-1' };
const BODY = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop-order', namespace: 'default' },
};

describe('writes', () => {
  /** What the server saw, and what it answers, by method. */
  let seen: { readonly line: string; readonly body: unknown }[];
  let answers: Map<string, readonly [status: number, body: object]>;
  let connection: Connection;
  let leads: () => boolean;
  let stored: string[];

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const text = await new Response(Readable.toWeb(req)).text();
    seen.push({ line: `${req.method} ${req.url}`, body: text === '' ? undefined : JSON.parse(text) });
    const [status, body] = answers.get(req.method ?? '') ?? [200, {}];
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((req, res) => void answer(req, res));
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    await connection.close();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    answers = new Map();
    stored = [];
    leads = () => true;
    const dispatcher = new Agent();
    connection = connectWith({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      access: async () => ({ dispatcher, headers: {} }),
      forget: () => undefined,
      close: () => dispatcher.destroy(),
    });
  });

  const kube = (changes: Partial<ClientOptions> = {}) =>
    createKube({
      connection,
      isLeading: () => leads(),
      onStored: (kind) => stored.push(kind),
      onWrite: () => undefined,
      record: async () => undefined,
      ...changes,
    });
  const apply = (signal = new AbortController().signal, dryRun = false) =>
    kube().apply(BODY, { manager: 'ecommercestack', force: false, dryRun, signal });
  const lines = () => seen.map(({ line }) => line);

  test('are server-side applies, of which the newest state is kept', async () => {
    assert.deepEqual(await apply(), { kind: 'applied', object: {} });
    const [request] = seen;
    assert.equal(
      request?.line,
      'PATCH /apis/apps/v1/namespaces/default/deployments/shop-order?fieldManager=ecommercestack&force=false',
    );
    assert.deepEqual([request.body, stored], [BODY, ['Deployment']]);
  });

  test('of a dry run are not taken for what is', async () => {
    await apply(undefined, true);
    assert.match(lines()[0] ?? '', /dryRun=All/);
    assert.deepEqual(stored, []);
  });

  test('that are refused for good are thrown', async () => {
    answers.set('PATCH', [422, { reason: 'Invalid', message: 'spec.selector is immutable' }]);
    await assert.rejects(
      apply(),
      /Deployment default\/shop-order was answered 422 Invalid: spec.selector is immut/,
    );
  });

  test('are not sent by who does not lead', async () => {
    leads = () => false;
    await assert.rejects(apply(), NotLeading);
    await assert.rejects(kube().delete('default', { ...BODY, name: 'shop-order' }), NotLeading);
    await assert.rejects(kube().annotatePod('default', 'pod', {}), NotLeading);
    await assert.rejects(kube().addFinalizer(STACK, 'cleanup'), NotLeading);
    await assert.rejects(kube().writeStatus(STACK, {}), NotLeading);
    assert.deepEqual(seen, []);
  });

  test('are not sent when the lease goes while they wait for a connection', async () => {
    let asked = 0;
    // It leads when the write is called for, and no more when the socket is there.
    const writing = kube({ isLeading: () => (asked += 1) === 0 }).annotatePod('default', 'pod', {});
    await assert.rejects(writing, NotLeading);
    assert.deepEqual([seen, asked], [[], 1]);
  });

  test('are not sent after the signal', async () => {
    await assert.rejects(apply(AbortSignal.abort()), NotLeading);
    assert.deepEqual(seen, []);
  });

  test('that were sent are waited for, whatever the signal says', async () => {
    const stopping = new AbortController();
    server.once('request', () => stopping.abort());
    assert.equal((await apply(stopping.signal)).kind, 'applied');
  });

  test('of a finalizer and a status name the resource that was meant, so that none is made anew', async () => {
    await kube().addFinalizer(STACK, 'ecommercestack.io/cleanup');
    await kube().removeFinalizer(STACK, 'ecommercestack.io/cleanup', ['other', 'ecommercestack.io/cleanup']);
    await kube().writeStatus(STACK, { observedGeneration: 2 });
    const metadata = { name: 'shop', namespace: 'default', uid: 'uid-1' };
    const head = { apiVersion: 'ecommercestack.io/v1alpha1', kind: 'EcommerceStack' };
    assert.deepEqual(
      seen.map(({ body }) => body),
      [
        { ...head, metadata: { ...metadata, finalizers: ['ecommercestack.io/cleanup'] } },
        [
          { op: 'test', path: '/metadata/uid', value: 'uid-1' },
          { op: 'test', path: '/metadata/finalizers', value: ['other', 'ecommercestack.io/cleanup'] },
          { op: 'replace', path: '/metadata/finalizers', value: ['other'] },
        ],
        { ...head, metadata, status: { observedGeneration: 2 } },
      ],
    );
    assert.match(lines()[2] ?? '', /ecommercestacks\/shop\/status\?fieldManager=ecommercestack&force=true/);
  });

  test('to what is not there any more are done', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE']) answers.set(method, [404, { reason: 'NotFound' }]);
    await kube().annotatePod('default', 'pod', {});
    await kube().delete('default', { ...BODY, name: 'shop-order' });
    await kube().disown('default', { ...BODY, name: 'shop-order' }, 'uid-1');
    await kube().writeStatus(STACK, {});
    await kube().removeFinalizer(STACK, 'cleanup', ['cleanup']);
    assert.deepEqual(stored, []);
  });

  test('of an owner leave other owners in place', async () => {
    const ownerReferences = [{ uid: 'uid-1' }, { uid: 'other' }];
    answers.set('GET', [200, { metadata: { resourceVersion: '7', ownerReferences } }]);
    await kube().disown('default', { ...BODY, name: 'shop-order' }, 'uid-1');
    assert.deepEqual(seen[1]?.body, {
      metadata: { resourceVersion: '7', ownerReferences: [{ uid: 'other' }] },
    });
  });
});
