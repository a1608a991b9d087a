/** One admin port for the whole platform: ready when every process is, and the metrics of all of them. */
import { createAdminHandler, listen, renderMetrics, type MetricsRegistry } from '@ecommercestack/kit';
import type { ReadinessCheck, RunningServer } from '@ecommercestack/kit';
import { portTaken } from '../ground.ts';
import type { Member } from './member.ts';
import { mergeMetrics } from './merged-metrics.ts';

export interface AdminOptions {
  readonly port: number;
  readonly registry: MetricsRegistry;
  readonly members: () => readonly Member[];
  readonly draining: AbortSignal;
}

const ASK_LIMIT_MS = 2_000;

export async function openAdmin({ port, registry, members, draining }: AdminOptions): Promise<RunningServer> {
  const readiness = () => members().map(readinessOf);
  const handle = createAdminHandler({ registry, readiness, draining });
  const metrics = async (): Promise<string> => {
    const { body } = await renderMetrics(registry, undefined);
    const pages = await Promise.all(members().map(pageOf));
    return mergeMetrics(new Map([['', body], ...pages.flat()]));
  };
  return await listen(
    (req, res) => {
      if (req.method !== 'GET' || req.url?.split('?')[0] !== '/metrics') return handle(req, res);
      metrics().then(
        (body) =>
          res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
        (error: unknown) => res.destroy(error instanceof Error ? error : undefined),
      );
    },
    { port, host: '127.0.0.1' },
  ).catch(portTaken('--admin-port', port));
}

function readinessOf({ instance, adminUrl }: Member): ReadinessCheck {
  return {
    name: instance.name,
    check: async () => {
      const response = await ask(`${adminUrl}/readyz`);
      return response.ok ? undefined : await response.text();
    },
  };
}

/** Nothing for an instance that cannot be asked: it is missing from the page, and not ready. */
async function pageOf({ instance, adminUrl }: Member): Promise<readonly (readonly [string, string])[]> {
  const response = await ask(`${adminUrl}/metrics`).catch(() => undefined);
  return response?.ok === true ? [[instance.name, await response.text()]] : [];
}

function ask(url: string): Promise<Response> {
  return fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ASK_LIMIT_MS) });
}
