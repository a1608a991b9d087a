/** Holds answers against the OpenAPI document that the platform serves about itself. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly method: string;
  /** As in the document: `/api/orders/{orderId}`. */
  readonly path: string;
  readonly operation: Json;
}

/** Of `fetch`, whichever it comes from, or by lower-case name. */
export type AnswerHeaders = Pick<Headers, 'get'> | Readonly<Record<string, unknown>>;

export interface OpenApiAssertions {
  readonly document: Json;
  readonly operations: readonly Operation[];
  /**
   * `path` is the one that was asked, with or without a query. For an event stream `body` is the data of one
   * event. Throws an `AssertionError` that names what does not fit.
   */
  assertMatchesOpenApi(
    method: string,
    path: string,
    status: number,
    headers: AnswerHeaders,
    body: unknown,
  ): void;
}

/** `baseUrl` of the gateway, such as `http://127.0.0.1:8080`. */
export async function loadOpenApi(baseUrl: string): Promise<OpenApiAssertions> {
  const response = await fetch(new URL('/openapi.json', baseUrl));
  assert.equal(response.status, 200, 'GET /openapi.json');
  return openApiAssertions((await response.json()) as Json);
}

export function openApiAssertions(document: Json): OpenApiAssertions {
  // The document is not itself a schema, and OpenAPI adds keywords such as `example`.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const operations = operationsOf(document);

  const assertMatches = (place: string, pointer: string, body: unknown) => {
    const validate = ajv.getSchema(`openapi#${pointer}`);
    assert(validate !== undefined, `${place}: no schema at ${pointer}`);
    if (validate(body) === true) return;
    assert.fail(`${place}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body, undefined, 2)}`);
  };

  return {
    document,
    operations,
    assertMatchesOpenApi(method, path, status, headers, body) {
      const place = `${method.toUpperCase()} ${path} → ${status}`;
      const found = findOperation(operations, method, path);
      assert(found !== undefined, `${place}: no such operation in the document`);
      const responses = found.operation['responses'] as Readonly<Record<string, Json>>;
      const response = responses[status];
      assert(response !== undefined, `${place}: undocumented status`);
      const shared = response['$ref'];
      const content = resolved(document, response)['content'] as Json | undefined;
      if (content === undefined) return assert.ok(isEmpty(body), `${place}: a body where none is documented`);
      if (method.toUpperCase() === 'HEAD') return assert.ok(isEmpty(body), `${place}: a body`);
      const type = mediaType(headers);
      assert(content[type] !== undefined, `${place}: undocumented content type ${type}`);
      const at = ['paths', found.path, found.method, 'responses', String(status)];
      const pointer = typeof shared === 'string' ? shared.slice(1) : pointerOf(at);
      assertMatches(place, pointer + pointerOf(['content', type, 'schema']), body);
    },
  };
}

export function operationsOf(document: Json): readonly Operation[] {
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Json>>>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

/** The most concrete path wins: `/api/inventory/stream` before `/api/inventory/{sku}`. */
function findOperation(operations: readonly Operation[], method: string, path: string) {
  const asked = (path.split('?')[0] ?? '').split('/');
  const wanted = method.toLowerCase() === 'head' ? 'get' : method.toLowerCase();
  return operations
    .filter((candidate) => candidate.method === wanted && fits(candidate.path.split('/'), asked))
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

function fits(template: readonly string[], asked: readonly string[]): boolean {
  if (template.length !== asked.length) return false;
  return template.every((part, index) =>
    part.startsWith('{') ? asked[index] !== '' : part === asked[index],
  );
}

function mediaType(headers: AnswerHeaders): string {
  const type = hasGetter(headers) ? headers.get('content-type') : headers['content-type'];
  return String(type).split(';')[0]?.trim() ?? '';
}

function hasGetter(headers: AnswerHeaders): headers is Pick<Headers, 'get'> {
  return typeof headers.get === 'function';
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || body === '';
}

function resolved(document: Json, response: Json): Json {
  const ref = response['$ref'];
  if (typeof ref !== 'string') return response;
  const parts = ref.split('/').slice(1);
  return parts.reduce<Json>((value, part) => value[part] as Json, document);
}

/** JSON Pointer inside a URI fragment (RFC 6901 §6). */
function pointerOf(parts: readonly string[]): string {
  return parts
    .map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
}
