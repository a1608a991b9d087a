/** Who may call whom, between real sidecars with identities of a real Sentry and the access control that is shipped. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSentry } from '@ecommercestack/local/parts';
import type { Sentry } from '@ecommercestack/local/parts';
import { Agent, fetch } from 'undici';
import { eventually } from '../src/eventually.ts';
import type { Sidecar } from '../src/sidecar.ts';
import { startShipped } from '../src/sidecars/shipped.ts';
import { startStandIn } from '../src/sidecars/stand-in.ts';
import type { StandIn } from '../src/sidecars/stand-in.ts';

const MTLS = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: identities
spec:
  mtls:
    enabled: true
`;

describe('calls between sidecars with identities', () => {
  let dir: string;
  let identities: string;
  let sentry: Sentry;
  let app: StandIn;
  let catalog: Sidecar;
  const started: Sidecar[] = [];

  const start = async (appId: string, issuer: Sentry | undefined, folder = dir, appPort?: number) => {
    const sidecar = await startShipped({
      appId,
      dir: folder,
      names: path.join(dir, 'names.sqlite'),
      ...(appPort !== undefined && { appPort }),
      ...(issuer !== undefined && {
        configurations: [identities],
        env: issuer.sidecarEnvironment,
        flags: [
          ['--enable-mtls', '--sentry-address', issuer.address],
          ['--control-plane-trust-domain', issuer.trustDomain],
          ['--control-plane-namespace', issuer.namespace],
        ].flat(),
      }),
    });
    started.push(sidecar);
    return sidecar;
  };

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-identity-'));
    identities = path.join(dir, 'identities.yaml');
    await writeFile(identities, MTLS);
    // Identities of half a minute, renewed at half of it, so that a spec can watch.
    sentry = await startSentry({
      dir: path.join(dir, 'sentry'),
      workloadCertTtl: '30s',
      allowedClockSkew: '1s',
    });
    app = await startStandIn();
    catalog = await start('catalog', sentry, dir, app.port);
    await catalog.whole();
  });
  after(async () => {
    await Promise.all(started.map((sidecar) => sidecar.stop()));
    await app.close();
    await sentry.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const call = async (caller: Sidecar, method: string, verb = 'POST') => {
    const url = `${caller.url}/v1.0/invoke/catalog/method/${method}`;
    const response = await fetch(url, { method: verb, ...(verb === 'POST' && { body: '{}' }) });
    return { status: response.status, body: await response.text() };
  };

  const refused = async (caller: Sidecar, method: string, verb?: string) => {
    const soFar = app.calls.length;
    const { status, body } = await call(caller, method, verb);
    assert.equal(status, 403, `${method}: ${status} ${body}`);
    assert.match(body, /PermissionDenied|denied/);
    assert.equal(app.calls.length, soFar, 'the call reached the app');
  };

  it('reach the methods that access control names for the caller', async () => {
    const gateway = await start('gateway', sentry);
    assert.deepEqual((await call(gateway, 'methods/search-products')).status, 200);
    assert.deepEqual((await call(gateway, 'methods/get-dead-letter')).status, 200);
    assert.deepEqual(app.calls.slice(-2), ['POST /methods/search-products', 'POST /methods/get-dead-letter']);
  });

  it('are refused by another method, verb or path', async () => {
    const order = await start('order', sentry);
    assert.equal((await call(order, 'methods/get-products')).status, 200);
    const others = ['get-product', 'get-products-too', 'search-products', 'delete-product'];
    for (const method of others) await refused(order, `methods/${method}`);
    await refused(order, 'methods/get-products', 'DELETE');
    for (const way of ['healthz', 'messages/inventory.stock', 'dead-letters', '']) await refused(order, way);
    // Each method once: a refusal is tried three times, and the fifth failure would open the breaker of the caller.
    await refused(order, 'methods/get-products/..%2fcreate-product');
    await refused(order, 'methods/get-products%2f..%2fupdate-product');
  });

  it('are refused to an app that access control does not name', async () => {
    const payment = await start('payment', sentry);
    for (const method of ['get-products', 'search-products']) await refused(payment, `methods/${method}`);
  });

  it('are refused to a sidecar whose certificate another authority has signed', async () => {
    const impostor = path.join(dir, 'impostor');
    const other = await startSentry({ dir: path.join(impostor, 'sentry') });
    try {
      const gateway = await start('gateway', other, impostor);
      await unreachable(gateway);
    } finally {
      await other.stop();
    }
  });

  it('are refused to a sidecar without a certificate', async () => {
    await unreachable(await start('gateway', undefined, path.join(dir, 'nameless')));
  });

  async function unreachable(caller: Sidecar): Promise<void> {
    const soFar = app.calls.length;
    const { status, body } = await call(caller, 'methods/search-products');
    assert.equal(status, 500, body);
    assert.match(body, /ERR_DIRECT_INVOKE/);
    assert.equal(app.calls.length, soFar, 'the call reached the app');
  }

  it('go on while identities are renewed', async () => {
    const gateway = await start('gateway', sentry, path.join(dir, 'renewing'));
    const agent = new Agent({ connections: 4 });
    const failures: string[] = [];
    const renewing = new AbortController();
    let calls = 0;
    const caller = async () => {
      while (!renewing.signal.aborted) {
        const url = `${gateway.url}/v1.0/invoke/catalog/method/methods/search-products`;
        const response = await fetch(url, { method: 'POST', body: '{}', dispatcher: agent });
        const body = await response.text();
        if (response.status !== 200) failures.push(`${response.status} ${body}`);
        calls += 1;
      }
    };
    const callers = Array.from({ length: 4 }, caller);
    const from = { catalog: await renewals(catalog), gateway: await renewals(gateway) };
    try {
      await eventually(
        'two renewals on both sides',
        async () =>
          (await renewals(catalog)) >= from.catalog + 2 && (await renewals(gateway)) >= from.gateway + 2,
        { deadlineMs: 120_000, everyMs: 500 },
      );
    } finally {
      renewing.abort();
      await Promise.all(callers);
      await agent.close();
    }
    assert.deepEqual(failures, []);
    assert.ok(calls > 100, `${calls} calls`);
  });
});

/** How often the sidecar has renewed its identity so far. */
async function renewals({ logFile }: Sidecar): Promise<number> {
  const log = await readFile(logFile, 'utf8');
  return log.split('Successfully renewed workload identity').length - 1;
}
