/** Listens with limits on slow clients, and closes without cutting a request off. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';

export interface ListenOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** `::` is every address of the machine, of IPv4 too, also where there is no IPv6. */
  readonly host: string;
  /** For the whole request to arrive; 0 where the handler limits that itself. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** For the rest of a request that is answered before it has arrived, such as a refused upload. Default 10,000. */
  readonly restTimeoutMs?: number;
}

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Accepts no more, ends idle connections, waits for the rest and cuts it off after the time. Default 10,000. */
  close(graceMs?: number): Promise<void>;
}

export async function listen(
  handler: RequestListener,
  { port, host, requestTimeoutMs = 30_000, restTimeoutMs = 10_000 }: ListenOptions,
): Promise<RunningServer> {
  const server = createServer({
    // Times to send the headers, and the whole request; they do not limit the answer.
    headersTimeout: 10_000,
    requestTimeout: requestTimeoutMs,
    // Longer than the idle time of common balancers, which would else send into a closing connection.
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
    maxHeaderSize: 16_384,
  });
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    res.once('finish', () => limitRest(req, restTimeoutMs));
    handler(req, res);
  });
  // Without a host Node falls back to 0.0.0.0 where IPv6 is switched off.
  server.listen(host === '::' ? { port } : { port, host });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error(`not a TCP address: ${String(address)}`);
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    port: address.port,
    url: `http://${shown}:${address.port}`,
    close: (graceMs = 10_000) => closeServer(server, graceMs),
  };
}

/** A client that sends it drop by drop would keep its connection for ever: nobody reads it, and no timer runs. */
function limitRest(req: IncomingMessage, limitMs: number): void {
  if (req.complete) return;
  const cut = setTimeout(() => req.destroy(), limitMs);
  req.once('close', () => clearTimeout(cut)).resume();
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.prependListener('request', (_req: unknown, res: ServerResponse) =>
    res.setHeader('connection', 'close'),
  );
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
