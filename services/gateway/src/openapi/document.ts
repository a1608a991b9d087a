/** The OpenAPI 3.1 document of the public API, generated from the table that also routes and validates. */
import type { Route } from '@ecommercestack/contracts';
import { byEndpoint, pathOf } from '../routing/register.ts';
import { operationOf } from './operation.ts';
import { createSchemaRegister, type JsonSchema } from './schemas.ts';
import { siteOperations } from './site.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly [key: string]: unknown;
}

export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const register = createSchemaRegister();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const variants of byEndpoint(routes)) {
    const path = (paths[pathOf(variants[0])] ??= {});
    path[variants[0].method] = operationOf(variants, register);
  }
  const tags = [...new Set(routes.map(({ tag }) => tag)), 'Platform'];
  return {
    openapi: '3.1.0',
    info: {
      title: 'EcommerceStack',
      version,
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tags.map((name) => ({ name })),
    paths: { ...paths, ...siteOperations },
    components: {
      ...register.components,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

const INTRODUCTION = [
  'Money is an integer of minor units (cents) with a currency. Times are RFC 3339.',
  'Every refusal is `application/problem+json` (RFC 9457) with a stable `code`; unknown fields are refused.',
  'Send an `Idempotency-Key` with every order: a repeat then has one effect and the same answer.',
].join('\n\n');
