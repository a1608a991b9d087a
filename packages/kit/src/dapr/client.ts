/** HTTP to the sidecar next door. Traces travel by the instrumentation of undici, where one is loaded. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';

export interface SidecarOptions {
  /** Such as `http://127.0.0.1:3500`. */
  readonly url: string;
  /** What the sidecar asks of its callers (`DAPR_API_TOKEN`). */
  readonly apiToken?: string;
  /** Connections; default: as many as there are requests at a time, since calls may wait long for their answers. */
  readonly connections?: number;
}

export interface SidecarRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the root, encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborting it ends the request with the reason of the abort. */
  readonly signal?: AbortSignal;
  /** For the headers, and for each silence in the body. Default 10,000; 0: as long as the signal allows. */
  readonly timeoutMs?: number;
}

export interface SidecarAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export type OpenAnswer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

export interface SidecarClient {
  /** Resolves with whatever the sidecar answered; rejects where it did not. */
  request(request: SidecarRequest): Promise<SidecarAnswer>;
  /** The same, with the body still to be read; it must be read or destroyed. */
  open(request: SidecarRequest): Promise<OpenAnswer>;
  close(): Promise<void>;
}

/** The sidecar answered, and refused. Its message names what it was asked for, never a value. */
export class SidecarError extends Error {
  readonly status: number;

  constructor(doing: string, { status, text }: SidecarAnswer) {
    super(`the sidecar refused to ${doing}: ${status} ${text.slice(0, 500)}`);
    this.name = 'SidecarError';
    this.status = status;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;

export function createSidecarClient({ url, apiToken, connections }: SidecarOptions): SidecarClient {
  const pool = new Pool(url, {
    connections: connections ?? null,
    pipelining: 1,
    // Shorter than the sidecar keeps idle connections, which would else be closed under a request.
    keepAliveTimeout: 20_000,
    connect: { timeout: 5_000 },
  });
  const token = apiToken === undefined ? {} : { 'dapr-api-token': apiToken };

  const open = ({ timeoutMs = DEFAULT_TIMEOUT_MS, headers, ...request }: SidecarRequest) =>
    pool.request({
      ...request,
      headers: { ...headers, ...token },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });

  return {
    open,
    request: async (request) => {
      const { statusCode, headers, body } = await open(request);
      return { status: statusCode, headers, text: await body.text() };
    },
    close: () => pool.destroy(),
  };
}

/** Throws `SidecarError` unless the answer is a success. */
export function expectSuccess(answer: SidecarAnswer, doing: string): SidecarAnswer {
  if (answer.status < 200 || answer.status > 299) throw new SidecarError(doing, answer);
  return answer;
}
