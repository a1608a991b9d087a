import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { OWNER } from '../testing/fake-services.ts';
import { startTestGateway } from '../testing/gateway.ts';

describe('a body that does not arrive', () => {
  it('is waited for only so long', async () => {
    await using gateway = await startTestGateway({ idleMs: 100 });
    const sent = httpRequest(new URL('/api/orders', gateway.url), {
      method: 'POST',
      headers: {
        ...(await gateway.bearer(OWNER, 'customer')),
        'content-type': 'application/json',
        'content-length': '100',
      },
    });
    sent.write('{"items": [');
    const [error] = (await once(sent, 'error')) as [Error];
    assert.match(error.message, /socket hang up|ECONNRESET/);
  });
});
