import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createClient } from './client.ts';
import { readRange } from './read-range.ts';
import { findPage } from './search-page.ts';
import { summarise } from './search-summary.ts';
import { suggestProducts } from './suggest.ts';

test('no search takes what some of the shards answer for all there is', async () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    // As where a shard is missing and that is not allowed.
    response.writeHead(503, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end('{"error":{"type":"search_phase_execution_exception"},"status":503}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const filters = { text: 'tea' };
  const outcomes = await Promise.allSettled([
    findPage(client, 'products', { filters, sort: 'relevance', limit: 20 }),
    summarise(client, 'products', filters),
    suggestProducts(client, 'products', 'te', 5),
    readRange(client, 'products', undefined, undefined, 5),
  ]);
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  assert.ok(asked.length >= 4);
  for (const url of asked) assert.match(url, /\/_search\?.*allow_partial_search_results=false/);
  await client.close();
  server.close();
});
