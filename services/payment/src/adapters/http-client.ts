/** One request to the provider, bounded in time and size; what goes wrong is told apart by whether it was sent. */
import { Pool } from 'undici';

export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  /** No connection: the request never left. */
  | { readonly kind: 'unreachable'; readonly cause: string }
  /** It may have been processed. */
  | { readonly kind: 'lost'; readonly cause: string };

export interface ProviderHttp {
  post(path: string, fields: Readonly<Record<string, string>>, key: string): Promise<Reply>;
  get(path: string, query: Readonly<Record<string, string>>): Promise<Reply>;
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Of a whole call, from its start to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly connections: number;
}

const maxBodyBytes = 64 * 1024;

const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export function createProviderHttp({ url, apiKey, timeoutMs, connections }: HttpOptions): ProviderHttp {
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/$/, '');
  // One request at a time per connection: a lost connection leaves one outcome open, not several.
  const pool = new Pool(origin, { connections, pipelining: 1, connectTimeout: Math.min(timeoutMs, 2000) });
  const common = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

  async function send(request: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
  }): Promise<Reply> {
    try {
      const response = await pool.request({ ...request, signal: AbortSignal.timeout(timeoutMs) });
      const body = await readBounded(response.body);
      return body === undefined
        ? { kind: 'lost', cause: 'answer-too-large' }
        : { kind: 'answer', status: response.statusCode, body };
    } catch (error) {
      const cause = causeOf(error);
      return { kind: neverSent.has(cause) ? 'unreachable' : 'lost', cause };
    }
  }

  return {
    post(path, fields, key) {
      const headers = {
        ...common,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': key,
      };
      return send({
        method: 'POST',
        path: base + path,
        headers,
        body: new URLSearchParams(fields).toString(),
      });
    },
    get(path, query) {
      return send({
        method: 'GET',
        path: `${base}${path}?${new URLSearchParams(query).toString()}`,
        headers: common,
      });
    },
    close: () => pool.destroy(),
  };
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream and its connection.
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A short name: messages of errors may hold anything. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
