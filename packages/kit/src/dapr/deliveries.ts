/** Deliveries pass by Express, which would cost more CPU than everything else that is done to take one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logger.ts';

/** Answers one delivery. A throw is a 500, after which the sidecar offers it again. */
export type Deliver = (path: string, event: unknown, res: ServerResponse) => Promise<unknown>;

export interface DeliveriesOptions {
  readonly deliver: Deliver;
  readonly isAllowed: (req: IncomingMessage) => boolean;
  readonly logger: Logger;
}

/** As much as a sidecar may be told to pass on. */
const BODY_LIMIT = 16 * 2 ** 20;

/** Before the name of the topic. */
export const MESSAGES = '/messages/';
export const DEAD_LETTERS = '/dead-letters';

export function isDelivery({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && (url.startsWith(MESSAGES) || url === DEAD_LETTERS);
}

export function createDeliveries({ deliver, isAllowed, logger }: DeliveriesOptions) {
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (!isAllowed(req)) return send(res, 401, { error: 'The token of the app is missing or wrong' });
    const body = await readBody(req);
    if (body === undefined) return send(res, 413, { error: 'The body is too large' });
    let event: unknown;
    try {
      event = JSON.parse(body);
    } catch {
      return send(res, 400, { error: 'The body is not valid JSON' });
    }
    send(res, 200, await deliver(req.url ?? '', event, res));
  };
  return (req: IncomingMessage, res: ServerResponse): void => {
    serve(req, res).catch((error: unknown) => {
      logger.error({ error, path: req.url }, 'a delivery failed');
      if (!res.headersSent) send(res, 500, { error: 'The delivery failed' });
    });
  };
}

/** Undefined where it is too large. */
async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  return size > BODY_LIMIT ? undefined : Buffer.concat(chunks).toString('utf8');
}

function send(res: ServerResponse, status: number, answer: unknown): void {
  const text = JSON.stringify(answer);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}
