/** The contract of the in-process invoker, kept through two sidecars. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createMetrics, UpstreamError } from '@ecommercestack/kit';
import type { Invoker, MethodTable, Outcome, StreamEvent } from '@ecommercestack/kit';
import { createDaprInvoker, createSidecarClient } from '@ecommercestack/kit/dapr';
import { callContext, eventually, invokerContract, memoryLogger } from '@ecommercestack/kit/testing';
import { fetch } from 'undici';
import { startSidecar } from '../src/sidecar.ts';
import type { Sidecar } from '../src/sidecar.ts';
import { startCallee } from '../src/sidecars/callee.ts';
import type { Callee } from '../src/sidecars/callee.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ecommercestack-invoker-'));
});
after(() => rm(dir, { recursive: true, force: true }));

interface Pair {
  readonly invoker: Invoker;
  readonly caller: Sidecar;
  readonly callees: readonly Callee[];
  readonly close: () => Promise<void>;
}

async function startPair(
  apps: ReadonlyMap<string, MethodTable>,
  timeoutMs: number,
  resources: Readonly<Record<string, string>> = {},
): Promise<Pair> {
  const own = await mkdtemp(path.join(dir, 'pair-'));
  const names = path.join(own, 'names.sqlite');
  const caller = await startSidecar({
    dir: path.join(own, 'caller'),
    appId: 'caller',
    names,
    apiToken: 'the token of the sidecar',
    resources,
  });
  const callees = await Promise.all(
    [...apps].map(([appId, methods]) => startCallee({ appId, dir: own, names, methods })),
  );
  // The first call between two sidecars opens their connection, which is not what the time limits here are about.
  const headers = { 'dapr-api-token': 'the token of the sidecar' };
  for (const appId of apps.keys())
    await fetch(`${caller.url}/v1.0/invoke/${appId}/method/healthz`, { headers });
  const client = createSidecarClient({ url: caller.url, apiToken: 'the token of the sidecar' });
  const logger = memoryLogger('caller');
  const metrics = createMetrics({ service: 'caller' });
  return {
    invoker: createDaprInvoker({ client, logger, metrics, timeoutMs }),
    caller,
    callees,
    close: async () => {
      await client.close();
      await Promise.all([caller.stop(), ...callees.map((callee) => callee.close())]);
    },
  };
}

invokerContract('Dapr service invocation', startPair);

const upstream = (kind: UpstreamError['kind']) => (error: unknown) => {
  assert.ok(error instanceof UpstreamError, String(error));
  assert.equal(error.kind, kind);
  return true;
};

describe('calls through sidecars', () => {
  async function* ticks(): AsyncGenerator<StreamEvent> {
    for (let n = 1; ; n += 1) {
      yield { event: 'tick', data: n };
      await pause(50);
    }
  }
  const unary: MethodTable['unary'] = new Map([
    ['echo', async (input: unknown): Promise<Outcome<unknown>> => ({ ok: true, value: input })],
    [
      'rest',
      async () => {
        await pause(100);
        return { ok: true, value: 'rested' };
      },
    ],
    ['hang', () => new Promise(() => {})],
    ['fail', () => Promise.reject(new Error('a bug'))],
  ]);
  const stream: MethodTable['stream'] = new Map([['tick', async () => ({ ok: true, value: ticks() })]]);
  const echo: MethodTable = { unary, stream };
  const apps = new Map([['echo-app', echo]]);

  it('an app that has gone is unavailable, and so is a sidecar', async () => {
    const { invoker, caller, callees, close } = await startPair(apps, 5_000);
    try {
      assert.deepEqual(await invoker.call('echo-app', 'echo', 1, callContext()), { ok: true, value: 1 });
      await callees[0]?.leave();
      await assert.rejects(invoker.call('echo-app', 'echo', 1, callContext()), upstream('unavailable'));
      await caller.stop();
      await assert.rejects(invoker.call('echo-app', 'echo', 1, callContext()), upstream('unavailable'));
    } finally {
      await close();
    }
  });

  it('an open circuit breaker is unavailable, and lets other methods through', async () => {
    const { invoker, close } = await startPair(apps, 5_000, { 'breaker.yaml': breaker });
    try {
      for (let failure = 1; failure <= 5; failure += 1) {
        await assert.rejects(invoker.call('echo-app', 'fail', {}, callContext()), upstream('failed'));
      }
      await assert.rejects(invoker.call('echo-app', 'fail', {}, callContext()), upstream('unavailable'));
      assert.equal((await invoker.call('echo-app', 'echo', {}, callContext())).ok, true);
    } finally {
      await close();
    }
  });

  it('callers who leave open no breaker, neither of calls nor of streams', async () => {
    const { invoker, close } = await startPair(apps, 5_000, { 'breaker.yaml': breaker });
    try {
      for (let caller = 1; caller <= 8; caller += 1) {
        const leaving = new AbortController();
        const call = invoker.call('echo-app', 'rest', {}, callContext({ signal: leaving.signal }));
        setTimeout(() => leaving.abort(), 20);
        await assert.rejects(call, upstream('timeout'));
        const opened = await invoker.stream('echo-app', 'tick', {}, callContext());
        assert.ok(opened.ok);
        for await (const { data } of opened.value) if (data === 1) break;
      }
      assert.equal((await invoker.call('echo-app', 'rest', {}, callContext())).ok, true);
      assert.equal((await invoker.stream('echo-app', 'tick', {}, callContext())).ok, true);
    } finally {
      await close();
    }
  });

  it('calls that take too long do', async () => {
    const { invoker, close } = await startPair(apps, 50, { 'breaker.yaml': breaker });
    try {
      for (let call = 1; call <= 5; call += 1)
        await assert.rejects(invoker.call('echo-app', 'hang', {}, callContext()), upstream('timeout'));
      await eventually(() =>
        assert.rejects(invoker.call('echo-app', 'hang', {}, callContext()), upstream('unavailable')),
      );
    } finally {
      await close();
    }
  });

  it('a stream whose app stops breaks off instead of ending', async () => {
    const { invoker, callees, close } = await startPair(apps, 5_000);
    try {
      const opened = await invoker.stream('echo-app', 'tick', {}, callContext());
      assert.ok(opened.ok);
      const reading = (async () => {
        for await (const { data } of opened.value) if (data === 3) callees[0]?.stopping();
      })();
      await assert.rejects(reading, upstream('failed'));
    } finally {
      await close();
    }
  });

  it('the port of the app is closed to whoever does not know its token', async () => {
    const { callees, close } = await startPair(apps, 5_000);
    try {
      const url = `http://127.0.0.1:${callees[0]?.port}/methods/echo`;
      for (const headers of [{}, { 'dapr-api-token': 'another' }]) {
        const { status } = await fetch(url, { method: 'POST', body: '{}', headers });
        assert.equal(status, 401);
      }
    } finally {
      await close();
    }
  });
});

const breaker = `apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata: { name: calls }
spec:
  policies:
    retries:
      none: { policy: constant, duration: 10ms, maxRetries: 0 }
    circuitBreakers:
      call: { maxRequests: 3, timeout: 60s, trip: consecutiveFailures >= 5 }
  targets:
    apps:
      echo-app: { retry: none, circuitBreaker: call }
`;
