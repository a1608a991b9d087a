import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface SpanLine {
  readonly service: string;
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

/** Runs the program once, with or without a module before it, and returns what it printed and traced. */
async function traced(preload: string | undefined, env: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'traces-'));
  const path = join(dir, 'traces.ndjson');
  const preloaded = preload === undefined ? [] : ['--import', file(preload)];
  try {
    const { stdout } = await run(
      process.execPath,
      [...preloaded, file('testing/fixtures/traced-program.ts')],
      {
        env: { ...process.env, OTEL_SERVICE_NAME: 'program', OTEL_TRACES_FILE: path, ...env },
      },
    );
    const lines = await readFile(path, 'utf8').catch(() => '');
    const spans = lines.split('\n').filter((line) => line !== '');
    return { stdout, spans: spans.map((line) => JSON.parse(line) as SpanLine) };
  } finally {
    await rm(dir, { recursive: true });
  }
}

function perScope(spans: readonly SpanLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { scope } of spans) counts[scope] = (counts[scope] ?? 0) + 1;
  return counts;
}

const FILE = { OTEL_TRACES_EXPORTER: 'file', OTEL_TRACES_SAMPLER_ARG: '1' };
const GOLDEN = {
  '@opentelemetry/instrumentation-undici': 1,
  '@opentelemetry/instrumentation-http': 1,
  '@opentelemetry/instrumentation-express': 1,
  '@opentelemetry/instrumentation-pg': 3,
};

describe('tracing', { concurrency: true }, () => {
  it('one request is one trace, with these spans and no others', async () => {
    const { spans, stdout } = await traced('otel.ts', FILE);
    assert.deepEqual(perScope(spans), GOLDEN);
    const traceIds = new Set(spans.map(({ traceId }) => traceId));
    assert.equal(traceIds.size, 1);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
    assert.deepEqual(orphans, []);
    const server = spans.find(({ scope }) => scope.endsWith('-http'));
    assert.deepEqual(
      { name: server?.name, service: server?.service },
      { name: 'GET /things/:id', service: 'program' },
    );
    const [traceId] = traceIds;
    assert.match(stdout, new RegExp(`"trace_id":"${traceId}".*"answered"`));
    assert.match(stdout, new RegExp(`"traceparent":"00-${traceId}-`));
    assert.ok(spans.every(({ attributes }) => !JSON.stringify(attributes).includes('["7"]')));
  });

  it('without the hook the counts differ, so that its loss is noticed', async () => {
    const { spans } = await traced('testing/fixtures/tracing-without-hook.ts', FILE);
    assert.notDeepEqual(perScope(spans), GOLDEN);
    assert.equal(perScope(spans)['@opentelemetry/instrumentation-express'], undefined);
  });

  it('by default nothing is traced', async () => {
    const { spans, stdout } = await traced('otel.ts', { OTEL_TRACES_EXPORTER: '' });
    assert.deepEqual(spans, []);
    assert.match(stdout, /"traceparent":null/);
  });

  it('a share of the traces is kept, whole or not at all', async () => {
    const { spans } = await traced('otel.ts', { ...FILE, OTEL_TRACES_SAMPLER_ARG: '0' });
    assert.deepEqual(spans, []);
  });

  it('an unknown exporter is refused by name', async () => {
    await assert.rejects(traced('otel.ts', { OTEL_TRACES_EXPORTER: 'fax' }), /OTEL_TRACES_EXPORTER/);
  });

  it('a collector that is away does not break the program', async () => {
    const endpoint = 'http://127.0.0.1:1/v1/traces';
    const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER_ARG: '1' };
    const { stdout } = await traced('otel.ts', { ...env, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint });
    assert.match(stdout, /"rows":\[\{"id":"7"\}\]/);
  });
});
