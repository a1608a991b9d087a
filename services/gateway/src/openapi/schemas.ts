/** Turns zod schemas into JSON Schema; what has a name is gathered as a component and referred to. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type JsonSchema = { readonly [key: string]: unknown };

export interface SchemaRegister {
  /** What a caller sends: before defaults and transforms. */
  request(schema: z.ZodType): JsonSchema;
  /** What a caller receives. */
  response(schema: z.ZodType): JsonSchema;
  /** A response that many operations share. */
  sharedResponse(name: string, response: JsonSchema): JsonSchema;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, JsonSchema>>;
  };
}

const DEFS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

/** A name stands for one schema, so a second one of the same name throws. */
export function createSchemaRegister(): SchemaRegister {
  const schemas: Record<string, JsonSchema> = {};
  const responses: Record<string, JsonSchema> = {};

  const keep = (components: Record<string, JsonSchema>, name: string, component: JsonSchema): void => {
    const known = components[name];
    if (known !== undefined && !isDeepStrictEqual(known, component)) {
      throw new Error(`two components are named ${name}`);
    }
    components[name] = component;
  };

  const convert = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const { $schema: _dialect, $defs, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
    for (const [name, definition] of Object.entries($defs ?? {})) keep(schemas, name, relink(definition));
    return relink(rest);
  };

  return {
    request: (schema) => convert(schema, 'input'),
    response: (schema) => convert(schema, 'output'),
    sharedResponse: (name, response) => {
      keep(responses, name, response);
      return { $ref: `#/components/responses/${name}` };
    },
    components: { schemas, responses },
  };
}

function relink(value: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(value).replaceAll(`"${DEFS}`, `"${COMPONENTS}`)) as JsonSchema;
}
