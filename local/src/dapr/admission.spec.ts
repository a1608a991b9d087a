import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { eventually, memoryLogger } from '@ecommercestack/kit/testing';
import { createAdmission } from './admission.ts';

describe('the admission of an instance', () => {
  let server: Server;
  let url: string;
  let status: number;

  beforeEach(async () => {
    status = 503;
    server = createServer((_req, res) => void res.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    url = `http://127.0.0.1:${address.port}/readyz`;
  });

  afterEach(() => void server.close());

  function admissionOf(log: string[]) {
    const admit = () => void log.push('admitted');
    const withdraw = () => void log.push('withdrawn');
    return createAdmission({ urls: [url], admit, withdraw, logger: memoryLogger(), settleMs: 0 });
  }

  test('waits until it can be called', async () => {
    const log: string[] = [];
    admissionOf(log).review();
    assert.deepEqual(log, ['withdrawn']);
    status = 200;
    await eventually(() => assert.deepEqual(log, ['withdrawn', 'admitted']));
  });

  test('is given once for the last of several changes', async () => {
    const log: string[] = [];
    const admission = admissionOf(log);
    admission.review();
    admission.review();
    status = 200;
    await eventually(() => assert.ok(log.includes('admitted')));
    assert.deepEqual(log, ['withdrawn', 'withdrawn', 'admitted']);
  });

  test('is not given after it was closed', async () => {
    const log: string[] = [];
    const admission = admissionOf(log);
    admission.review();
    admission.close();
    status = 200;
    admission.review();
    // Longer than a look takes that was under way.
    for (let look = 0; look < 3; look += 1) assert.equal((await fetch(url)).status, 200);
    assert.deepEqual(log, ['withdrawn']);
  });
});
