/** One operation of the OpenAPI document, out of the routes that share a path and a method. */
import type { Access, Route } from '@ecommercestack/contracts';
import type { z } from 'zod';
import { hasEntityTag } from '../routing/answer.ts';
import { variantParameter } from '../routing/register.ts';
import { notModified, problemCodes, problemResponses, successResponse } from './responses.ts';
import type { JsonSchema, SchemaRegister } from './schemas.ts';

type Variants = readonly [Route, ...Route[]];

const ACCESS: Readonly<Record<Access, string>> = {
  public: 'Open to everybody.',
  guest: 'Open to everybody; a guest is known again by a cookie, which a change sets.',
  customer: 'Needs an access token.',
  staff: 'Needs an access token of staff: role `support`, `operator` or `admin`.',
  operator: 'Needs an access token with the role `operator` or `admin`.',
  admin: 'Needs an access token with the role `admin`.',
};

export function operationOf(variants: Variants, register: SchemaRegister): JsonSchema {
  const [route] = variants;
  const body = requestBody(route, register);
  const described = variants.map((variant) => {
    const parameter = variantParameter(variant);
    return parameter === undefined ? `${variant.summary}.` : `With \`${parameter}\`: ${variant.summary}.`;
  });
  const token = [{ bearer: [] }];
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: variants.map(({ summary }) => summary).join(' · '),
    description: [...described, ACCESS[route.access]].join('\n\n'),
    security: route.access === 'public' || route.access === 'guest' ? [{}, ...token] : token,
    parameters: parametersOf(variants, register),
    ...(body !== undefined && { requestBody: body }),
    responses: responsesOf(variants, register),
  };
}

function parametersOf(variants: Variants, register: SchemaRegister): readonly JsonSchema[] {
  const [route] = variants;
  const query = new Map<string, JsonSchema>();
  for (const variant of variants) {
    for (const parameter of parameters('query', variant.query, register)) {
      const name = String(parameter['name']);
      const everywhere = variants.every(
        (other) => other.query?.shape[name] !== undefined && parameter['required'] === true,
      );
      if (!query.has(name)) query.set(name, { ...parameter, required: everywhere });
    }
  }
  return [
    ...parameters('path', route.params, register),
    ...query.values(),
    ...parameters('header', route.headers, register),
    ...(route.method === 'get' && hasEntityTag(route) ? [ifNoneMatch] : []),
    ...(route.access === 'public' && route.rawBody === true ? [] : [canaryWish]),
  ];
}

const canaryWish = {
  name: 'x-canary',
  in: 'header',
  required: false,
  description: 'Staff only: chooses the variant of the service',
  schema: { enum: ['always', 'never'] },
};

const ifNoneMatch = {
  name: 'if-none-match',
  in: 'header',
  required: false,
  description: 'Entity tags of answers that the client still has',
  schema: { type: 'string' },
};

function parameters(
  place: 'path' | 'query' | 'header',
  schema: z.ZodObject | undefined,
  register: SchemaRegister,
): readonly JsonSchema[] {
  return Object.entries(schema?.shape ?? {}).map(([name, value]) => {
    const { description, example, ...rest } = register.request(value as z.ZodType);
    return {
      name,
      in: place,
      required: place === 'path' || !(value as z.ZodType).safeParse(undefined).success,
      ...(description !== undefined && { description }),
      ...(example !== undefined && { example }),
      schema: rest,
    };
  });
}

function requestBody(route: Route, register: SchemaRegister): JsonSchema | undefined {
  if (route.rawBody === true) {
    return {
      required: true,
      content: { 'application/json': { schema: { description: 'Signed as it stands' } } },
    };
  }
  if (route.bulk?.kind === 'import') {
    return {
      required: true,
      description: 'One in each line',
      content: { 'application/x-ndjson': { schema: register.request(route.bulk.line) } },
    };
  }
  if (route.body === undefined) return undefined;
  return { required: true, content: { 'application/json': { schema: register.request(route.body) } } };
}

function responsesOf(variants: Variants, register: SchemaRegister): JsonSchema {
  const [route] = variants;
  const successes = variants.map((variant) => successResponse(variant, register));
  const codes = [...new Set(variants.flatMap(problemCodes))];
  return {
    [String(route.success)]: mergeSuccesses(successes),
    ...(route.method === 'get' && hasEntityTag(route) && { '304': notModified() }),
    ...problemResponses(codes, register),
  };
}

/** Variants may answer differently: the document then allows either. An empty page fits several of them. */
function mergeSuccesses(successes: readonly JsonSchema[]): JsonSchema {
  const schemas = successes.map((success) => contentSchema(success));
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [first = {}] = successes;
  if (distinct.length <= 1) return first;
  const description = successes.map((success) => String(success['description'])).join(' · ');
  return { ...first, description, content: { 'application/json': { schema: { anyOf: distinct } } } };
}

function contentSchema(success: JsonSchema): unknown {
  const content = success['content'] as Readonly<Record<string, { readonly schema: unknown }>> | undefined;
  return Object.values(content ?? {})[0]?.schema;
}
