import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLocalInvoker } from './invoker.ts';
import { createMetrics } from './kit-metrics.ts';
import { renderMetrics } from './metrics.ts';
import { callContext, invokerContract, memoryLogger } from './testing.ts';

invokerContract('local', async (apps, timeoutMs) => {
  const invoker = createLocalInvoker({
    apps,
    timeoutMs,
    logger: memoryLogger(),
    metrics: createMetrics({ service: 'caller' }),
  });
  return { invoker, close: async () => {} };
});

describe('local invoker', () => {
  it('counts calls by callee, method and outcome', async () => {
    const metrics = createMetrics({ service: 'caller' });
    const refuse = async () => ({ ok: false, problem: { code: 'no', detail: 'No.' } }) as const;
    const apps = new Map([['shop', { unary: new Map([['buy', refuse]]), stream: new Map() }]]);
    const invoker = createLocalInvoker({ apps, logger: memoryLogger(), metrics });
    await invoker.call('shop', 'buy', {}, callContext());
    await assert.rejects(invoker.call('shop', 'sell', {}, callContext()));
    const { body } = await renderMetrics(metrics.registry);
    const count = (method: string, outcome: string) =>
      `rpc_duration_seconds_count{service="caller",callee="shop",method="${method}",outcome="${outcome}"} 1`;
    assert.ok(body.includes(count('buy', 'refused')));
    assert.ok(body.includes(count('sell', 'unavailable')));
  });

  it('logs the cause of a failure, which the caller does not see', async () => {
    const logger = memoryLogger();
    const broken = async () => {
      throw new Error('the table is missing');
    };
    const apps = new Map([['shop', { unary: new Map([['buy', broken]]), stream: new Map() }]]);
    const invoker = createLocalInvoker({ apps, logger, metrics: createMetrics({ service: 'caller' }) });
    await assert.rejects(invoker.call('shop', 'buy', {}, callContext()), { message: 'shop: failed' });
    assert.match(logger.lines.join(''), /the table is missing/);
  });
});
