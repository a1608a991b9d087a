import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createLocalInvoker } from './invoker.ts';
import { createMetrics } from './kit-metrics.ts';
import { createClient, defineMethods } from './method-table.ts';
import type { Handlers } from './method-table.ts';
import type { StreamEvent } from './ports.ts';
import { callContext, memoryLogger } from './testing.ts';

const contract = {
  double: {
    input: z.strictObject({ n: z.int(), times: z.int().default(2) }),
    output: z.strictObject({ n: z.int() }),
  },
  count: { input: z.strictObject({ to: z.int() }), output: z.int(), stream: true },
} as const;

async function* numbers(to: number): AsyncGenerator<StreamEvent> {
  for (let n = 1; n <= to; n += 1) yield { event: 'number', data: n === 13 ? 'thirteen' : n };
}

const handlers: Handlers<typeof contract> = {
  double: async ({ n, times }) => ({ ok: true, value: { n: n === 13 ? 0.5 : n * times } }),
  count: async ({ to }) => ({ ok: true, value: numbers(to) }),
};

function clientOf(options?: { checkOutputs: boolean }) {
  const apps = new Map([['app', defineMethods(contract, handlers, options)]]);
  const metrics = createMetrics({ service: 'test' });
  return createClient(contract, createLocalInvoker({ apps, logger: memoryLogger(), metrics }), 'app');
}

describe('method table', () => {
  it('runs the handler with the parsed input', async () => {
    assert.deepEqual(await clientOf().double({ n: 4 }, callContext()), { ok: true, value: { n: 8 } });
  });

  it('refuses an input that does not fit, with every problem', async () => {
    const table = defineMethods(contract, handlers);
    const refused = await table.unary.get('double')?.({ n: 'four', times: 0.5, more: 1 }, callContext());
    assert.ok(refused?.ok === false);
    assert.equal(refused.problem.code, 'invalid-request');
    const errors = z
      .array(z.object({ path: z.string(), message: z.string() }))
      .parse(refused.problem.extra?.['errors']);
    assert.deepEqual(errors.map(({ path }) => path).sort(), ['', 'n', 'times']);
    const stream = await table.stream.get('count')?.({ to: 'x' }, callContext());
    assert.equal(stream?.ok, false);
  });

  it('streams', async () => {
    const opened = await clientOf().count({ to: 2 }, callContext());
    assert.ok(opened.ok);
    const seen: unknown[] = [];
    for await (const { data } of opened.value) seen.push(data);
    assert.deepEqual(seen, [1, 2]);
  });

  it('with checkOutputs, an answer that breaks the contract is a bug', async () => {
    const table = defineMethods(contract, handlers, { checkOutputs: true });
    await assert.rejects(async () => table.unary.get('double')?.({ n: 13 }, callContext()), z.ZodError);
    const opened = await clientOf({ checkOutputs: true }).count({ to: 13 }, callContext());
    assert.ok(opened.ok);
    const reading = async () => {
      for await (const event of opened.value) assert.equal(typeof event.data, 'number');
    };
    await assert.rejects(reading, { name: 'UpstreamError', kind: 'failed' });
  });

  it('a client refuses an answer that breaks the contract', async () => {
    await assert.rejects(clientOf().double({ n: 13 }, callContext()), {
      name: 'UpstreamError',
      kind: 'failed',
    });
  });
});
