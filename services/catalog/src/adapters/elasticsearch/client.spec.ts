import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createClient, isOutage } from './client.ts';

describe('the client of Elasticsearch', () => {
  /** Answers after a while, as a cluster does that copies shards; the timers of a connection are a second late. */
  const server = createServer((_req, res) => {
    setTimeout(() => {
      res.writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      res.end('{"status":"green"}');
    }, 2_500).unref();
  });
  let url = '';
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives up a request that takes longer than most may', async () => {
    const client = createClient(url, 100);
    await assert.rejects(client.cluster.health({}, { maxRetries: 0 }), (error) => isOutage(error));
    await client.close();
  });

  it('waits longer for one that says it may take its time', async () => {
    const client = createClient(url, 100);
    const { status } = await client.cluster.health({}, { requestTimeout: 60_000, maxRetries: 0 });
    assert.equal(status, 'green');
    await client.close();
  });
});
