/** A small HTTP client for tests: JSON in and out, a token, server-sent events. */
import type { Order, OrderRequest } from '@ecommercestack/contracts';
import { Agent, fetch, type Response } from 'undici';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly body: T;
}

export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

export const address = {
  name: 'Ada Lovelace',
  line1: '12 St James Square',
  postalCode: 'SW1Y 4JH',
  city: 'London',
  country: 'GB',
} as const;

export function orderOf(sku: string, quantity = 1, token = 'tok_ok'): OrderRequest {
  return { items: [{ sku, quantity }], payment: { token }, shippingAddress: { ...address } };
}

export class Client {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  constructor(url: string, token?: string, agent = new Agent({ connections: 64, headersTimeout: 60_000 })) {
    this.#url = url;
    this.#token = token;
    this.#agent = agent;
  }

  /** The same server and connections, as somebody else. */
  as(token: string | undefined): Client {
    return new Client(this.#url, token, this.#agent);
  }

  /** The same caller at another address. */
  at(url: string): Client {
    return new Client(url, this.#token, this.#agent);
  }

  async request<T = unknown>(
    method: string,
    path: string,
    options: { body?: unknown; rawBody?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(this.#url + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : text) as T,
    };
  }

  async get<T = unknown>(path: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return await this.request<T>('GET', path, { headers });
  }

  async post<T = unknown>(
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return await this.request<T>('POST', path, { ...(body !== undefined && { body }), headers });
  }

  /** Places an order and waits up to `seconds` for its end. */
  async order(
    request: OrderRequest,
    { key, seconds = 30 }: { key?: string; seconds?: number } = {},
  ): Promise<Answer<Order>> {
    return await this.post<Order>('/api/orders', request, {
      prefer: `wait=${seconds}`,
      ...(key !== undefined && { 'idempotency-key': key }),
    });
  }

  /** Reads events until `enough` says so or the server ends the stream. */
  async events(
    path: string,
    enough: (events: readonly ServerSentEvent[]) => boolean,
    headers: Record<string, string> = {},
  ): Promise<readonly ServerSentEvent[]> {
    const abort = new AbortController();
    const response = await fetch(this.#url + path, {
      dispatcher: this.#agent,
      signal: abort.signal,
      headers: { ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }), ...headers },
    });
    if (response.status !== 200 || !response.body) throw new Error(`${path}: ${response.status}`);
    const events: ServerSentEvent[] = [];
    let buffer = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      buffer += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = buffer.split('\n\n');
      buffer = blocks.pop() ?? '';
      events.push(...blocks.map(parseEvent).filter((event) => event !== undefined));
      if (enough(events)) break;
    }
    abort.abort();
    return events;
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => !line.startsWith(':') && line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id'), event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
