/** Turns a zod schema into a structural schema, the kind of OpenAPI v3 that a CustomResourceDefinition may carry. */
import { z } from 'zod';

/** What we use of it. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-validations'?: readonly Validation[];
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

export interface Validation {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

type Json = Record<string, unknown>;

/** Of what is written, not of what is parsed: durations are texts, defaults are named. */
export function structuralSchema(schema: z.ZodType): Schema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'openapi-3.0',
    reused: 'inline',
  });
  return structural(json);
}

function structural(json: Json): Schema {
  const { anyOf, additionalProperties, properties, items, ...rest } = json;
  const schema: Json = { ...rest };
  if (json['x-kubernetes-int-or-string'] === true) {
    // Each limit holds for values of its own kind only, so that those of both alternatives may stand side by side.
    for (const alternative of anyOf as readonly Json[]) Object.assign(schema, alternative);
    delete schema['type'];
  }
  // A preserved object is defined elsewhere; the API server prunes every other field that is not named.
  if (isObject(additionalProperties) && json['x-kubernetes-preserve-unknown-fields'] !== true) {
    schema['additionalProperties'] = structural(additionalProperties);
  }
  if (isObject(properties) && Object.keys(properties).length > 0) {
    schema['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, structural(property as Json)]),
    );
  }
  if (isObject(items)) schema['items'] = structural(items);
  return schema;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
