import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { problems, routes } from '@ecommercestack/contracts';
import { openApiAssertions, operationsOf, type Operation } from '@ecommercestack/tests/openapi';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';
import { createClient, sendRaw } from '../testing/http.ts';
import { byEndpoint, pathOf } from '../routing/register.ts';
import { openApiDocument } from './document.ts';

type Json = Readonly<Record<string, unknown>>;

const document = JSON.parse(JSON.stringify(openApiDocument(routes, '1.0.0'))) as Json;
const operations = operationsOf(document);

function* nodes(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Json;
  for (const inner of Object.values(value)) yield* nodes(inner);
}

const parametersOf = ({ operation }: Operation) => (operation['parameters'] ?? []) as readonly Json[];
const isApi = ({ path }: Operation) => path.startsWith('/api/');

describe('OpenAPI document', () => {
  it('resolves every reference', () => {
    const refs = [...nodes(document)].map((node) => node['$ref']).filter((ref) => typeof ref === 'string');
    assert.ok(refs.length > 50);
    for (const ref of refs) {
      assert.match(ref, /^#\/components\/(schemas|responses)\//);
      const found = ref
        .split('/')
        .slice(1)
        .reduce<unknown>((at, part) => (at as Json | undefined)?.[part], document);
      assert.ok(found !== undefined, ref);
    }
  });

  it('names every component that it has', () => {
    const text = JSON.stringify(document);
    const { schemas, responses } = document['components'] as { schemas: Json; responses: Json };
    for (const name of Object.keys(schemas)) assert.ok(text.includes(`"#/components/schemas/${name}"`), name);
    for (const name of Object.keys(responses)) assert.match(name, /^[A-Za-z0-9._-]+$/);
    for (const name of ['Order', 'Product', 'Money', 'Problem', 'OrderRequest'])
      assert.ok(schemas[name], name);
  });

  it('describes every public operation once, and what it may answer', () => {
    const ids = operations.map(({ operation }) => operation['operationId']);
    assert.equal(new Set(ids).size, ids.length);
    for (const { operation, method, path } of operations.filter(isApi)) {
      const place = `${method} ${path}`;
      const responses = Object.keys(operation['responses'] as Json);
      for (const status of ['400', '401', '429', '500', '502', '503', '504']) {
        assert.ok(responses.includes(status), `${place} lacks ${status}`);
      }
      assert.ok(String(operation['summary']).length > 5, place);
      const secured = JSON.stringify(operation['security']);
      assert.ok(['[{"bearer":[]}]', '[{},{"bearer":[]}]'].includes(secured), place);
    }
  });

  it('declares every parameter of a path, and each parameter once', () => {
    for (const operation of operations.filter(isApi)) {
      const place = `${operation.method} ${operation.path}`;
      const named = parametersOf(operation).map(({ in: where, name }) => `${String(where)} ${String(name)}`);
      assert.equal(new Set(named).size, named.length, place);
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
      assert.deepEqual(
        named.filter((entry) => entry.startsWith('path ')),
        inPath,
        place,
      );
    }
  });

  it('merges the variants of a path', () => {
    const orders = operations.find(({ method, path }) => method === 'get' && path === '/api/orders');
    assert(orders !== undefined);
    const query = parametersOf(orders).filter(({ in: where }) => where === 'query');
    const names = query.map(({ name }) => name);
    for (const name of ['ids', 'status', 'cursor', 'limit']) assert.ok(names.includes(name), name);
    assert.ok(query.every(({ required }) => required === false));
    assert.match(JSON.stringify(orders.operation['responses']), /anyOf/);
  });

  it('marks streams, idempotency keys and bodies', () => {
    const of = (id: string) => operations.find(({ operation }) => operation['operationId'] === id);
    assert.match(JSON.stringify(of('watchOrder')?.operation['responses']), /text\/event-stream/);
    const place = of('placeOrder');
    assert.match(JSON.stringify(place?.operation['requestBody']), /components\/schemas\/OrderRequest/);
    assert.ok(parametersOf(place!).some(({ name }) => name === 'idempotency-key'));
  });

  it('uses codes of the catalogue only, each under its status', () => {
    for (const { operation, path } of operations) {
      for (const node of nodes(operation['responses'])) {
        const name = JSON.stringify(node['$ref'] ?? '')
          .slice(1, -1)
          .split('#/components/responses/')[1];
        for (const code of name?.split('.') ?? []) assert.ok(code in problems, `${path}: ${code}`);
      }
    }
  });

  it('compiles as JSON Schema and refuses what it does not describe', () => {
    const openApi = openApiAssertions(document);
    const json = { 'content-type': 'application/json' };
    openApi.assertMatchesOpenApi('get', '/api/inventory/TEA-1', 304, {}, undefined);
    for (const [status, body] of [
      [200, { sku: 'TEA-1' }],
      [200, { sku: 'TEA-1', available: 1, held: 0, committed: 0, version: 1, cost: 3 }],
      [418, {}],
    ] as const) {
      assert.throws(() => openApi.assertMatchesOpenApi('get', '/api/inventory/TEA-1', status, json, body));
    }
    assert.throws(() => openApi.assertMatchesOpenApi('get', '/api/nothing', 200, json, {}));
  });
});

describe('what is served', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startTestGateway();
  });
  after(() => gateway[Symbol.asyncDispose]());

  it('is what the document says, and the other way round', async () => {
    const described = operations.filter(isApi).map(({ method, path }) => `${method} ${path}`);
    const registered = byEndpoint(routes).map(([route]) => `${route.method} ${pathOf(route)}`);
    assert.deepEqual(described.toSorted(), registered.toSorted());
    for (const { method, path } of operations) {
      const concrete = path.replaceAll(/\{\w+\}/g, 'TEA-1');
      const { status } = await sendRaw(gateway.url, { method: method.toUpperCase(), path: concrete });
      assert.ok(![404, 405].includes(status), `${method} ${path}: ${status}`);
    }
  });

  it('holds itself to the document on its own pages', async () => {
    const ask = await createClient(gateway.url);
    for (const path of ['/', '/docs', '/openapi.json', '/.well-known/jwks.json']) {
      assert.equal((await ask({ path })).status, 200, path);
    }
  });

  it('shows the documentation without any other host', async () => {
    for (const path of ['/', '/docs', '/docs/']) {
      const { body, headers } = await sendRaw(gateway.url, { path });
      const html = String(body);
      assert.doesNotMatch(html, /https?:|<script>|style=| on\w+=/);
      assert.match(headers.get('content-security-policy') ?? '', /script-src 'self'/);
      for (const [, asset] of html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)) {
        assert.equal((await sendRaw(gateway.url, { path: asset ?? '' })).status, 200, asset);
      }
    }
    for (const path of ['/docs/package.json', '/docs/../package.json', '/docs/swagger-ui.js']) {
      assert.equal((await sendRaw(gateway.url, { path })).status, 404, path);
    }
  });

  it('shows public keys only', async () => {
    const { body } = await sendRaw(gateway.url, { path: '/.well-known/jwks.json' });
    const { keys } = body as { keys: readonly Json[] };
    assert.equal(keys.length, 1);
    assert.deepEqual(Object.keys(keys[0] ?? {}).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});
