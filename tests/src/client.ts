/** A small HTTP client for tests: JSON in and out, a token, server-sent events. Every answer must be a documented one. */
import type { Order, OrderRequest } from '@ecommercestack/contracts';
import { Agent, fetch, type Response } from 'undici';
import { loadOpenApi, type OpenApiAssertions } from './openapi.ts';

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

/** What the clients of one platform share. */
class Session {
  readonly agent = new Agent({ connections: 64, headersTimeout: 60_000 });
  #openApi: Promise<OpenApiAssertions> | undefined;

  /** The document that the platform at `url` serves about itself; asked for once, and again after a failure. */
  async openApi(url: string): Promise<OpenApiAssertions> {
    const loading = (this.#openApi ??= loadOpenApi(url));
    try {
      return await loading;
    } catch (error) {
      this.#openApi = undefined;
      throw error;
    }
  }
}

export class Client {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #session: Session;

  /** `url` of the shop. */
  constructor(url: string, token?: string, session = new Session()) {
    this.#url = url;
    this.#token = token;
    this.#session = session;
  }

  /** The same server and connections, as somebody else. */
  as(token: string | undefined): Client {
    return new Client(this.#url, token, this.#session);
  }

  /** The same caller at another address. */
  at(url: string): Client {
    return new Client(url, this.#token, this.#session);
  }

  /** Throws an `AssertionError` when the answer is not one that the OpenAPI document describes. */
  async request<T = unknown>(
    method: string,
    path: string,
    options: { body?: unknown; rawBody?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const openApi = await this.#session.openApi(this.#url);
    const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(this.#url + path, {
      method,
      dispatcher: this.#session.agent,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : text) as T,
    };
    openApi.assertMatchesOpenApi(method, path, answer.status, answer.headers, answer.body);
    return answer;
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

  /** Reads events until `enough` says so or the server ends the stream. Each must be as documented. */
  async events(
    path: string,
    enough: (events: readonly ServerSentEvent[]) => boolean,
    headers: Record<string, string> = {},
  ): Promise<readonly ServerSentEvent[]> {
    const openApi = await this.#session.openApi(this.#url);
    const abort = new AbortController();
    const response = await fetch(this.#url + path, {
      dispatcher: this.#session.agent,
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
      const complete = blocks.map(parseEvent).filter((event) => event !== undefined);
      for (const { data } of complete) {
        openApi.assertMatchesOpenApi('GET', path, response.status, response.headers, data);
      }
      events.push(...complete);
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
