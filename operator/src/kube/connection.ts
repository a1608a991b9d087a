/** Requests to an API server: bodies go and come as they are, since models of a client would drop fields. */
import type { Dispatcher } from 'undici';
import type { Answer } from './answers.ts';
import { loadCredentials, type Access, type Credentials } from './credentials.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Called when a connection is there and the next thing is to write to it; what it throws keeps the request from being sent. */
  readonly beforeSend?: () => void;
}

export interface StreamOptions {
  readonly query: Query;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Without a byte for so long, the stream is given up. */
  readonly idleMs: number;
}

export interface Connection {
  /** Any status is an answer. Throws when there is none. */
  request(method: Method, path: string, options?: RequestOptions): Promise<Answer>;
  /** The bytes of an answer as they come; an `Answer` when it is not 200. */
  stream(path: string, options: StreamOptions): Promise<AsyncIterable<Buffer> | Answer>;
  close(): Promise<void>;
}

const REQUEST_MS = 30_000;

/** By a kubeconfig, or where this runs; see `loadCredentials`. */
export function connect(kubeconfig?: string): Connection {
  return connectWith(loadCredentials(kubeconfig));
}

export function connectWith(credentials: Credentials): Connection {
  const send = async (
    method: Method,
    path: string,
    options: RequestOptions & { readonly idleMs?: number },
  ): Promise<Dispatcher.ResponseData> => {
    const access = await credentials.access();
    const { idleMs = REQUEST_MS, timeoutMs, signal, beforeSend } = options;
    const signals = [
      ...(signal ? [signal] : []),
      ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
    ];
    const target = new URL(`${credentials.server}${path}${search(options.query)}`);
    const answer = await guarded(access, beforeSend).request({
      origin: target.origin,
      path: target.pathname + target.search,
      method,
      headers: headersFor(access, options),
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      headersTimeout: REQUEST_MS,
      bodyTimeout: idleMs,
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    });
    if (answer.statusCode === 401) credentials.forget();
    return answer;
  };

  return {
    request: async (method, path, options = {}) =>
      read(await send(method, path, { timeoutMs: REQUEST_MS, ...options })),
    stream: async (path, options) => {
      const answer = await send('GET', path, options);
      return answer.statusCode === 200 ? answer.body : read(answer);
    },
    close: () => credentials.close(),
  };
}

/** Between the check and the write to the socket lies nothing that waits. */
function guarded({ dispatcher }: Access, beforeSend: (() => void) | undefined): Dispatcher {
  if (beforeSend === undefined) return dispatcher;
  return dispatcher.compose((dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (...args) => {
      beforeSend();
      return start?.(...args);
    };
    return dispatch(options, handler);
  });
}

function headersFor({ headers }: Access, options: RequestOptions): Record<string, string> {
  const { body, contentType = 'application/json', accept = 'application/json' } = options;
  return {
    ...headers,
    accept,
    'user-agent': 'ecommercestack-operator',
    ...(body !== undefined && { 'content-type': contentType }),
  };
}

function search(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return given.length === 0 ? '' : `?${String(new URLSearchParams(Object.fromEntries(given)))}`;
}

async function read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const text = await body.text();
  const seconds = Number(headers['retry-after']);
  return {
    status: statusCode,
    body: parsed(text),
    ...(Number.isFinite(seconds) && seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  };
}

/** A proxy in between may answer in words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
