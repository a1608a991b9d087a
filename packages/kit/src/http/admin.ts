/** The admin port of a process: liveness, readiness, metrics. For the cluster only, never for customers. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { MetricsRegistry } from '../metrics.ts';
import { renderMetrics } from '../metrics.ts';
import type { ReadinessCheck } from '../ports.ts';

export interface AdminOptions {
  readonly registry: MetricsRegistry;
  readonly readiness: () => readonly ReadinessCheck[];
  /** Aborted when the process begins to stop: it is alive still, but not ready. */
  readonly draining: AbortSignal;
  /** A check that takes longer counts as failed. Default 2,000. */
  readonly checkTimeoutMs?: number;
}

export interface CheckResult {
  readonly name: string;
  readonly ready: boolean;
  readonly reason?: string;
  /** Not ready, and yet the service goes on: what it does without it. */
  readonly without?: string;
}

export function createAdminHandler(options: AdminOptions): RequestListener {
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = req.url?.split('?')[0];
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return sendJson(res, 405, { status: 'method-not-allowed' });
    if (path === '/healthz') return sendJson(res, 200, { status: 'ok' });
    if (path === '/readyz') return sendReadiness(res, options);
    if (path !== '/metrics') return sendJson(res, 404, { status: 'not-found' });
    const { contentType, body } = await renderMetrics(options.registry, req.headers.accept);
    res.writeHead(200, { 'content-type': contentType }).end(body);
  };
  return (req, res) => {
    answer(req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  };
}

/** One result per check; a check that throws or hangs is not ready. */
export async function runChecks(
  checks: readonly ReadinessCheck[],
  timeoutMs: number,
): Promise<CheckResult[]> {
  const run = async ({ name, check, optional }: ReadinessCheck): Promise<CheckResult> => {
    const unready = (reason: string): CheckResult => {
      const without = optional === undefined ? {} : { without: optional.without };
      return { name, ready: false, reason, ...without };
    };
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve(`no answer within ${timeoutMs} ms`), timeoutMs);
    try {
      const reason = await Promise.race([check(), late.promise]);
      return reason === undefined ? { name, ready: true } : unready(reason);
    } catch (error) {
      return unready(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  };
  return Promise.all(checks.map(run));
}

async function sendReadiness(res: ServerResponse, options: AdminOptions): Promise<void> {
  if (options.draining.aborted) return sendJson(res, 503, { status: 'draining', checks: [] });
  const checks = await runChecks(options.readiness(), options.checkTimeoutMs ?? 2_000);
  const missing = checks.filter(({ ready }) => !ready);
  const canGoOn = missing.every(({ without }) => without !== undefined);
  const status = missing.length === 0 ? 'ready' : canGoOn ? 'degraded' : 'not-ready';
  sendJson(res, canGoOn ? 200 : 503, { status, checks });
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
