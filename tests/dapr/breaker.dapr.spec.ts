/** The circuit breaker between services, as shipped for the gateway but for the time it stays open. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fetch } from 'undici';
import { eventually } from '../src/eventually.ts';
import { startSidecar } from '../src/sidecar.ts';
import type { Sidecar } from '../src/sidecar.ts';

const shipped = new URL('../../dapr-components/resiliency/gateway.yaml', import.meta.url);

const OPEN_MS = 1_500;

describe('the circuit breaker between services', () => {
  let dir: string;
  let policies: string;
  let app: Server;
  let callee: Sidecar;
  let gateway: Sidecar;
  /** What the app answers, when it has been called, and what it holds back until it is let go. */
  let answer = 503;
  let arrived = 0;
  let held: (() => void)[] | undefined;

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-breaker-'));
    policies = (await readFile(shipped, 'utf8')).replace('timeout: 60s', `timeout: ${OPEN_MS}ms`);
    app = createServer((request, response) => {
      if (request.url?.startsWith('/methods/') !== true) return void response.end('[]');
      arrived += 1;
      const send = () => response.writeHead(answer).end('{"ok":true}');
      if (held === undefined) send();
      else held.push(send);
    });
    await new Promise<void>((resolve) => {
      app.listen(0, '127.0.0.1', resolve);
    });
    const names = path.join(dir, 'names.sqlite');
    const { port } = app.address() as AddressInfo;
    callee = await startSidecar({ dir: path.join(dir, 'order'), appId: 'order', appPort: port, names });
    await callee.whole();
    gateway = await startSidecar({
      dir: path.join(dir, 'gateway'),
      appId: 'gateway',
      names,
      resources: { 'gateway.yaml': policies },
    });
  });
  after(async () => {
    await Promise.all([gateway.stop(), callee.stop()]);
    app.closeAllConnections();
    await new Promise((resolve) => {
      app.close(resolve);
    });
    await rm(dir, { recursive: true, force: true });
  });

  const call = async (method: string) => {
    const url = `${gateway.url}/v1.0/invoke/order/method/methods/${method}`;
    const response = await fetch(url, { method: 'POST', body: '{}' });
    return { status: response.status, body: await response.text() };
  };
  const refusal = (reason: string) => new RegExp(`ERR_DIRECT_INVOKE.*${reason}`);
  const state = async (): Promise<string | undefined> => {
    const text = await (await fetch(gateway.metricsUrl)).text();
    return /^dapr_resiliency_cb_state\{[^}]*status="([a-z-]+)"[^}]*target="app_order"[^}]*\} 1$/m.exec(
      text,
    )?.[1];
  };

  it('opens at the fifth failure, for that method alone, and says so', async () => {
    for (let failure = 1; failure <= 5; failure += 1) assert.equal((await call('a')).status, 503);
    const { status, body } = await call('a');
    assert.equal(status, 500);
    assert.match(body, refusal('circuit breaker is open'));
    assert.equal(arrived, 5);
    assert.equal(await state(), 'open');
    answer = 200;
    assert.equal((await call('b')).status, 200);
  });

  it('admits three trials, and closes when all have succeeded', async () => {
    const waiting: (() => void)[] = [];
    held = waiting;
    await pause(OPEN_MS + 500);
    const trials = [call('a'), call('a'), call('a')];
    await eventually('three trials', async () => waiting.length === 3);
    const fourth = await call('a');
    assert.match(fourth.body, refusal('too many requests'));
    held = undefined;
    for (const send of waiting) send();
    for (const { status } of await Promise.all(trials)) assert.equal(status, 200);
    assert.equal((await call('a')).status, 200);
    assert.equal(await state(), 'closed');
  });

  it('follows a change of its file, while the services run on', async () => {
    const file = path.join(dir, 'gateway', 'resources', 'gateway.yaml');
    await writeFile(file, policies.replace('consecutiveFailures >= 5', 'consecutiveFailures >= 2'));
    const loaded = async () =>
      (await readFile(gateway.logFile, 'utf8')).split('Loading Resiliency configuration').length - 1;
    await eventually('the new policies', async () => (await loaded()) >= 2);
    await eventually(
      'a sidecar that calls again',
      async () => (await call('c').catch(() => undefined))?.status === 200,
    );
    answer = 503;
    assert.deepEqual([(await call('c')).status, (await call('c')).status], [503, 503]);
    assert.match((await call('c')).body, refusal('circuit breaker is open'));
  });
});
