/** Stands between a client and an API server: passes everything on, but for the faults that a spec asks for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCredentials } from '../credentials.ts';

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  /** Where a watch goes on. */
  readonly from: string | undefined;
}

/** What becomes of a request before the API server sees it. */
export type RequestFault = 'reset' | 'too-many-requests' | 'unavailable' | 'gone';
/** What becomes of a watch that is open. */
export type StreamFault = 'reset' | 'end' | 'half-line' | 'stall' | 'garbled' | 'expired';

export interface FaultProxy {
  /** The path of a kubeconfig that leads through it. */
  readonly kubeconfig: string;
  /** All so far, in order. */
  readonly requests: readonly ProxiedRequest[];
  /** Asked for each request, in turn. */
  onRequest: (request: ProxiedRequest) => RequestFault | undefined;
  /** Awaited before the answer of the API server is passed on. */
  onAnswer: (request: ProxiedRequest) => Promise<void> | undefined;
  /** Does it to every watch that is open. */
  breakWatches(fault: StreamFault): void;
  /** Watches by path that were ever open at the same time. */
  readonly mostWatches: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export const isWrite = ({ method, path: to }: ProxiedRequest): boolean =>
  method !== 'GET' && !to.includes('/leases');

/** Speaks HTTP without TLS, on a port of its own, as whoever the kubeconfig names. */
export async function startFaultProxy(kubeconfig: string): Promise<FaultProxy> {
  const upstream = loadCredentials(kubeconfig);
  const requests: ProxiedRequest[] = [];
  const watches = createWatches();
  const self: Omit<FaultProxy, 'kubeconfig' | 'close'> = {
    requests,
    onRequest: () => undefined,
    onAnswer: () => undefined,
    mostWatches: watches.most,
    breakWatches: watches.breakAll,
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = req;
    const { pathname, searchParams } = new URL(url, 'http://proxy');
    const request = {
      method,
      path: pathname,
      isWatch: searchParams.has('watch'),
      from: searchParams.get('resourceVersion') ?? undefined,
    };
    requests.push(request);
    const fault = self.onRequest(request);
    if (fault !== undefined) return refuse(res, fault);
    const { dispatcher, headers } = await upstream.access();
    const body = Buffer.concat(await req.toArray());
    const passed = await dispatcher.request({
      origin: upstream.server,
      path: url,
      method,
      headers: { ...passedOn(req), ...headers },
      ...(body.length > 0 && { body }),
      bodyTimeout: 0,
    });
    await self.onAnswer(request);
    res.writeHead(passed.statusCode, { 'content-type': String(passed.headers['content-type']) });
    if (request.isWatch && passed.statusCode === 200) return watches.pass(request.path, passed.body, res);
    res.end(Buffer.from(await passed.body.arrayBuffer()));
  };

  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  const folder = await mkdtemp(path.join(tmpdir(), 'fault-proxy-'));
  const file = path.join(folder, 'kubeconfig');
  await writeFile(file, kubeconfigFor(port));
  return Object.assign(self, {
    kubeconfig: file,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await upstream.close();
      await rm(folder, { recursive: true });
    },
  });
}

function createWatches() {
  const open = new Set<{ readonly path: string; readonly res: ServerResponse; stalled: boolean }>();
  const most = new Map<string, number>();
  return {
    most,
    pass: async (at: string, body: AsyncIterable<Buffer>, res: ServerResponse): Promise<void> => {
      const watch = { path: at, res, stalled: false };
      open.add(watch);
      res.on('close', () => open.delete(watch));
      most.set(at, Math.max(most.get(at) ?? 0, [...open].filter((one) => one.path === at).length));
      res.flushHeaders();
      for await (const chunk of body) {
        if (res.destroyed) return;
        if (!watch.stalled) res.write(chunk);
      }
      if (!watch.stalled) res.end();
    },
    breakAll: (fault: StreamFault): void => {
      for (const watch of open) {
        const { res } = watch;
        if (fault === 'reset') res.socket?.resetAndDestroy();
        if (fault === 'end') res.end();
        if (fault === 'half-line') res.end('{"type":"ADDED","object":{"metad');
        if (fault === 'garbled') res.write('no line of a watch\n');
        if (fault === 'expired') res.end(`${JSON.stringify({ type: 'ERROR', object: EXPIRED })}\n`);
        watch.stalled ||= fault === 'stall';
        if (fault !== 'stall' && fault !== 'garbled') open.delete(watch);
      }
    },
  };
}

const EXPIRED = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

function refuse(res: ServerResponse, fault: RequestFault): void {
  if (fault === 'reset') return void res.socket?.resetAndDestroy();
  const [code, reason, headers] = {
    'too-many-requests': [429, 'TooManyRequests', { 'retry-after': '1' }] as const,
    unavailable: [503, 'ServiceUnavailable', {}] as const,
    gone: [410, 'Expired', {}] as const,
  }[fault];
  res.writeHead(code, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify({ kind: 'Status', code, reason, message: `${reason} on purpose` }));
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const { accept, 'content-type': type } = headers;
  return { ...(accept !== undefined && { accept }), ...(type !== undefined && { 'content-type': type }) };
}

function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'proxy',
    clusters: [
      { name: 'proxy', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'anybody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'anybody' } }],
  });
}
