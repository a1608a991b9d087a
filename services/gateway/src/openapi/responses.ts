/** The answers of an operation: its success, and every problem it may have. */
import { problemDocument, problems, type ProblemCode, type Route } from '@ecommercestack/contracts';
import { hasEntityTag } from '../routing/answer.ts';
import type { JsonSchema, SchemaRegister } from './schemas.ts';

const text = { type: 'string' };

const COMMON_HEADERS = { 'x-request-id': 'Name it when you report a problem' };
const LIMIT_HEADERS = {
  ratelimit: 'What is left: `r` requests; full again in `t` seconds',
  'ratelimit-policy': 'The limit in force: `q` requests at once, refilled within `w` seconds',
};
const RETRY = { 'retry-after': 'Seconds to wait before the next try' };

/** Problems that a route may have because of what it is, beside those it declares. */
export function problemCodes(route: Route): readonly ProblemCode[] {
  return [
    ...new Set<ProblemCode>([
      'invalid-request',
      'unauthenticated',
      ...(['public', 'guest', 'customer'].includes(route.access) ? [] : (['forbidden'] as const)),
      'payload-too-large',
      'uri-too-long',
      'unsupported-media-type',
      ...(route.rawBody === true ? [] : (['card-number-refused'] as const)),
      'rate-limited',
      ...(route.stream === true ? (['too-many-streams', 'overloaded'] as const) : []),
      'internal',
      'upstream-failed',
      'upstream-unavailable',
      'upstream-timeout',
      ...route.problems,
    ]),
  ];
}

export function successResponse(route: Route, register: SchemaRegister): JsonSchema {
  const { description, schema, headers } = route.response;
  const lines = route.bulk === undefined ? 'application/json' : 'application/x-ndjson';
  const type = route.stream === true ? 'text/event-stream' : lines;
  const described = {
    ...COMMON_HEADERS,
    ...LIMIT_HEADERS,
    'x-served-by': 'The service and version that answered',
    'cache-control': 'Who may keep the answer, and for how long',
    ...(hasEntityTag(route) && { etag: 'Names this state of the answer' }),
    ...headers,
  };
  return {
    description,
    headers: headerObjects(described),
    ...(schema !== undefined && { content: { [type]: { schema: register.response(schema) } } }),
  };
}

export function notModified(): JsonSchema {
  const described = { ...COMMON_HEADERS, etag: 'Names the state that the client has' };
  return { description: 'The client has this answer already', headers: headerObjects(described) };
}

/** One response per status, with the codes that come with it. */
export function problemResponses(
  codes: readonly ProblemCode[],
  register: SchemaRegister,
): Readonly<Record<string, JsonSchema>> {
  const byStatus = Map.groupBy(codes.toSorted(), (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      String(status),
      register.sharedResponse(group.join('.'), problemResponse(status, group, register)),
    ]),
  );
}

function problemResponse(
  status: number,
  codes: readonly ProblemCode[],
  register: SchemaRegister,
): JsonSchema {
  const headers = {
    ...COMMON_HEADERS,
    ...(status === 401 && { 'www-authenticate': 'The scheme: Bearer' }),
    ...(status === 412 && { etag: 'Names the state that is there now' }),
    ...((status === 429 || status >= 502) && RETRY),
  };
  const narrowed = { type: 'object', properties: { code: { enum: codes } } };
  const schema = { allOf: [register.response(problemDocument), narrowed] };
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('. '),
    headers: headerObjects(headers),
    content: { 'application/problem+json': { schema } },
  };
}

export function headerObjects(headers: Readonly<Record<string, string>>): JsonSchema {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: text }]),
  );
}
