/** Turns an untrusted request into the validated parts that a route asks for. */
import type { RequestParts, Route } from '@ecommercestack/contracts';
import { inputProblems } from '@ecommercestack/kit';
import type { InputProblem, Outcome } from '@ecommercestack/kit';
import type { Request } from 'express';
import { z } from 'zod';
import { refusal } from '../refusal.ts';
import { parseJson } from './body.ts';
import { inspect, type Finding } from './inspect.ts';

const nothing = z.strictObject({});

/** Every problem of every part is named at once. */
export function parseRequest(route: Route, req: Request, bytes: Buffer): Outcome<RequestParts> {
  const raw = route.rawBody === true;
  const json = raw ? undefined : parseJson(req.headers['content-type'], bytes);
  if (json?.ok === false) return json;
  const body = json === undefined ? bytes.toString('utf8') : json.value;
  const { query } = req;
  const headers = pick(req.headers, Object.keys(route.headers?.shape ?? {}));
  // The list of parts is no level of its own: the body begins at depth 0.
  const finding = inspect(raw ? [req.params, query] : [req.params, query, headers, body], -1);
  if (finding !== undefined) return { ok: false, problem: refusalOf(finding) };

  const errors: InputProblem[] = [];
  const parsed = (schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (!result.success) errors.push(...inputProblems(result.error));
    return result.data;
  };
  const parts = {
    params: parsed(route.params ?? nothing, req.params),
    query: parsed(route.query ?? nothing, query),
    headers: route.headers === undefined ? {} : parsed(route.headers, headers),
    body: raw ? body : parsed(route.body ?? nothing.optional(), body),
  } as RequestParts;
  if (errors.length === 0) return { ok: true, value: parts };
  return {
    ok: false,
    problem: refusal('invalid-request', 'The request does not have the expected form.', { errors }),
  };
}

function pick(headers: Request['headers'], names: readonly string[]): Record<string, unknown> {
  const present = names.filter((name) => headers[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, headers[name]]));
}

function refusalOf(finding: Finding) {
  switch (finding) {
    case 'card-number':
      return refusal('card-number-refused');
    case 'too-deep':
      return refusal('invalid-request', 'The body is nested too deeply.');
    case 'forbidden-key':
      return refusal('invalid-request', 'The body has a key that is never accepted.');
  }
}
