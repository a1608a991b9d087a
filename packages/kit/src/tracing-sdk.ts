/** Sets up the OpenTelemetry SDK from the environment. Only otel.ts imports this, after its hook. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { z } from 'zod';
import { parseConfig } from './config.ts';
import type { Environment } from './config.ts';
import { createFileExporter } from './file-exporter.ts';

/** Other OTEL_ variables, such as the endpoint and OTEL_SERVICE_NAME, are read by the SDK itself. */
const tracingConfig = z.object({
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'file']),
  /** One JSON object per line and span; only for the exporter `file`. */
  OTEL_TRACES_FILE: z.string().default('traces.ndjson'),
  /** Share of new traces that are kept; a trace that began elsewhere follows its beginning. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.1),
});

const ADMIN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

export function startTracing(env: Environment): NodeSDK {
  const config = parseConfig(tracingConfig, env);
  // The processors take an options object; an exporter in its place gives no spans, and no error either.
  const processor: SpanProcessor =
    config.OTEL_TRACES_EXPORTER === 'file'
      ? new SimpleSpanProcessor({ exporter: createFileExporter(config.OTEL_TRACES_FILE) })
      : new BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
  const sdk = new NodeSDK({
    spanProcessors: [processor],
    metricReaders: [],
    logRecordProcessors: [],
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
    instrumentations: [
      new HttpInstrumentation({
        // All calls go out through undici, which has its own.
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: (request) => ADMIN_PATHS.has(request.url?.split('?')[0] ?? ''),
      }),
      new UndiciInstrumentation(),
      new ExpressInstrumentation(),
      // Parameters of statements may hold what must not leave the database.
      new PgInstrumentation({ enhancedDatabaseReporting: false }),
    ],
  });
  sdk.start();
  return sdk;
}
