/** What the gateway itself serves, beside the routes of the services. */
import { headerObjects } from './responses.ts';
import type { JsonSchema } from './schemas.ts';

function page(
  operationId: string,
  summary: string,
  type: string,
  schema: JsonSchema,
): { readonly get: JsonSchema } {
  const headers = headerObjects({ 'x-request-id': 'Name it when you report a problem' });
  const content = { [type]: { schema } };
  return {
    get: {
      operationId,
      tags: ['Platform'],
      summary,
      security: [],
      responses: { '200': { description: summary, headers, content } },
    },
  };
}

const keySet = {
  type: 'object',
  required: ['keys'],
  properties: { keys: { type: 'array', items: { type: 'object', required: ['kty', 'kid'] } } },
};

export const siteOperations: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>> = {
  '/': page('getLandingPage', 'Where to look', 'text/html', { type: 'string' }),
  '/docs': page('getDocumentation', 'This document, for people', 'text/html', { type: 'string' }),
  '/openapi.json': page('getOpenApi', 'This document', 'application/json', { type: 'object' }),
  '/.well-known/jwks.json': page('getKeys', 'Keys that sign access tokens', 'application/json', keySet),
};
