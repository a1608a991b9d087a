/** Requests of specs, each answer held against the OpenAPI document of the gateway that gave it. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { loadOpenApi } from '@ecommercestack/tests/openapi';
import type { SampleRequest } from './requests.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, text otherwise, undefined where there is none. */
  readonly body: unknown;
}

export type Asked = SampleRequest & { readonly method?: string };

export async function createClient(url: string) {
  const openApi = await loadOpenApi(url);
  return async ({ method = 'GET', path, body, headers }: Asked): Promise<Answer> => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = { status: response.status, headers: response.headers, body: await bodyOf(response) };
    const type = response.headers.get('content-type') ?? '';
    const shown = partsOf(type, answer.body);
    for (const part of shown) {
      openApi.assertMatchesOpenApi(method, path, answer.status, answer.headers, part);
    }
    return answer;
  };
}

/** For what `fetch` does not send: forbidden headers, odd methods, broken bodies. */
export async function sendRaw(
  url: string,
  options: {
    readonly method?: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  },
): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = options;
  const { hostname, port } = new URL(url);
  const sent = httpRequest({ hostname, port, method, path, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = isWholeJson(response.headers['content-type']);
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(
      Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
    ),
    body: isJson ? JSON.parse(text) : text === '' ? undefined : text,
  };
}

/** The code of a problem; undefined where the body is none. */
export function codeOf(answer: Answer): unknown {
  return (answer.body as { readonly code?: unknown } | undefined)?.code;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  return isWholeJson(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
}

function isWholeJson(contentType = ''): boolean {
  return /json/.test(contentType) && !/ndjson/.test(contentType);
}

/** What the document describes: the whole, each event, or each line. */
function partsOf(type: string, body: unknown): readonly unknown[] {
  if (type.startsWith('text/event-stream')) return dataOf(String(body));
  if (!type.startsWith('application/x-ndjson') || body === undefined) return [body];
  return linesOf(body);
}

/** The lines of an answer in lines of JSON. */
export function linesOf(body: unknown): readonly unknown[] {
  return String(body)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** The data of each server-sent event. */
function dataOf(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as unknown);
}
