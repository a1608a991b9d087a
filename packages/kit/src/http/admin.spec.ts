import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../kit-metrics.ts';
import type { ReadinessCheck } from '../ports.ts';
import { createAdminHandler } from './admin.ts';
import { listen } from './listen.ts';

async function withAdmin(
  checks: readonly ReadinessCheck[],
  run: (ask: (path: string, init?: RequestInit) => Promise<Response>, drain: () => void) => Promise<void>,
): Promise<void> {
  const draining = new AbortController();
  const { registry } = createMetrics({ service: 'shop' });
  const options = { registry, readiness: () => checks, draining: draining.signal, checkTimeoutMs: 20 };
  const server = await listen(createAdminHandler(options), { port: 0, host: '127.0.0.1' });
  try {
    await run(
      (path, init) => fetch(server.url + path, init),
      () => draining.abort(),
    );
  } finally {
    await server.close(0);
  }
}

const ready = async () => undefined;

describe('admin', () => {
  it('is ready, and says what it lacks, when only optional parts are away', async () => {
    const away = async () => 'connection refused';
    const optional = { without: 'reads come from the cache', messages: 'wait' } as const;
    const checks: ReadinessCheck[] = [
      { name: 'database', check: ready },
      { name: 'index', check: away, optional },
    ];
    await withAdmin(checks, async (ask) => {
      const answer = await ask('/readyz');
      assert.equal(answer.status, 200);
      const { without } = optional;
      assert.deepEqual(await answer.json(), {
        status: 'degraded',
        checks: [
          { name: 'database', ready: true },
          { name: 'index', ready: false, reason: 'connection refused', without },
        ],
      });
      checks.push({ name: 'disk', check: away });
      const worse = await ask('/readyz');
      assert.equal(worse.status, 503);
      assert.equal(((await worse.json()) as { status: string }).status, 'not-ready');
    });
  });

  it('is ready when every check is', async () => {
    await withAdmin([{ name: 'database', check: ready }], async (ask) => {
      const answer = await ask('/readyz');
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { status: 'ready', checks: [{ name: 'database', ready: true }] });
    });
  });

  it('says which check is not ready, and why; one that throws or hangs is not', async () => {
    const checks = [
      { name: 'database', check: ready },
      { name: 'search', check: async () => 'no index' },
      {
        name: 'cache',
        check: async () => {
          throw new Error('refused');
        },
      },
      { name: 'broker', check: () => new Promise<undefined>(() => {}) },
    ];
    await withAdmin(checks, async (ask) => {
      const answer = await ask('/readyz');
      assert.equal(answer.status, 503);
      assert.deepEqual(await answer.json(), {
        status: 'not-ready',
        checks: [
          { name: 'database', ready: true },
          { name: 'search', ready: false, reason: 'no index' },
          { name: 'cache', ready: false, reason: 'refused' },
          { name: 'broker', ready: false, reason: 'no answer within 20 ms' },
        ],
      });
      assert.equal((await ask('/healthz')).status, 200);
    });
  });

  it('while draining it is alive, but not ready', async () => {
    await withAdmin([{ name: 'database', check: ready }], async (ask, drain) => {
      drain();
      assert.equal((await ask('/readyz')).status, 503);
      assert.equal((await ask('/healthz')).status, 200);
    });
  });

  it('shows metrics, and nothing else', async () => {
    await withAdmin([], async (ask) => {
      const answer = await ask('/metrics');
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      assert.match(await answer.text(), /^service_info\{service="shop"/m);
      assert.equal((await ask('/other')).status, 404);
      assert.equal((await ask('/metrics', { method: 'POST' })).status, 405);
    });
  });
});
