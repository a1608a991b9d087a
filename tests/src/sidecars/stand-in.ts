/** Stands in for a service: is as healthy as told, and keeps what it is given. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

export interface Event {
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface StandIn {
  readonly port: number;
  /** Ids of the events it has answered with success, as often as that happened. */
  readonly handled: readonly string[];
  /** Where each of them came in, such as `/messages/order.events`. */
  readonly routes: readonly string[];
  /** What arrived at `/dead-letters`: the bodies as the broker had them. */
  readonly deadLetters: readonly string[];
  /** Other requests, as `POST /methods/x`. */
  readonly calls: readonly string[];
  healthy: boolean;
  /** Answers other requests with 503. */
  failing: boolean;
  /** Before each answer to a delivery. */
  delayMs: number;
  /** Refuses every event whose id this is. */
  poison: string | undefined;
  close(): Promise<void>;
}

interface Body {
  readonly id?: string;
  readonly data_base64?: string;
  readonly entries?: readonly { readonly entryId: string; readonly event: Event }[];
}

export async function startStandIn(): Promise<StandIn> {
  const handled: string[] = [];
  const routes: string[] = [];
  const deadLetters: string[] = [];
  const calls: string[] = [];
  const statusOf = (id: string, url: string): string => {
    if (id === standIn.poison) return 'RETRY';
    handled.push(id);
    routes.push(url);
    return 'SUCCESS';
  };
  const answer = (url: string, body: Body): unknown => {
    if (url === '/dead-letters') {
      deadLetters.push(Buffer.from(body.data_base64 ?? '', 'base64').toString());
      return { status: 'SUCCESS' };
    }
    if (body.entries === undefined) return { status: statusOf(body.id ?? '', url) };
    return {
      statuses: body.entries.map(({ entryId, event }) => ({ entryId, status: statusOf(event.id, url) })),
    };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '';
    const body = await text(request);
    response.setHeader('content-type', 'application/json');
    if (url === '/healthz') response.writeHead(standIn.healthy ? 200 : 503).end();
    else if (url === '/dapr/subscribe') response.end('[]');
    else if (url === '/dead-letters' || url.startsWith('/messages/')) {
      await pause(standIn.delayMs);
      response.end(JSON.stringify(answer(url, JSON.parse(body) as Body)));
    } else {
      calls.push(`${request.method} ${url}`);
      if (standIn.failing) response.statusCode = 503;
      response.end('{"ok":true,"value":{}}');
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const standIn: StandIn = {
    port: (server.address() as AddressInfo).port,
    handled,
    routes,
    deadLetters,
    calls,
    healthy: true,
    failing: false,
    delayMs: 0,
    poison: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}
