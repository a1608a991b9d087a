/** JSON schemas of Kubernetes' own kinds and of custom resources, strict: a field that nobody knows is a mistake. Pure. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly nullable?: boolean;
  readonly format?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly Kind[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Of the OpenAPI description of an API server. */
export interface Swagger {
  readonly definitions: Readonly<Record<string, Schema>>;
}

export interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** By file name, as kubeconform looks for them with this template. */
export type SchemaFiles = ReadonlyMap<string, object>;
export const FILE_TEMPLATE = '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json';

function fileName({ group, version, kind }: Kind): string {
  // The core group has no name; kubeconform takes its version for one.
  return `${group || version}_${version}_${kind.toLowerCase()}.json`;
}

const DEFINITIONS = '#/definitions/';

/** A file for each kind, with all that it refers to. */
export function builtInSchemas({ definitions }: Swagger): SchemaFiles {
  const strict = new Map(Object.entries(definitions).map(([name, schema]) => [name, strictSchema(schema)]));
  const files = Object.entries(definitions).flatMap(([name, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).map((kind) => {
      const reachable = [...reachableFrom(name, definitions)].map((one) => [one, strict.get(one)] as const);
      const file = { $ref: DEFINITIONS + name, definitions: Object.fromEntries(reachable) };
      return [fileName(kind), file] as const;
    }),
  );
  return new Map(files);
}

export function customSchemas(customDefinitions: readonly Definition[]): SchemaFiles {
  const files = customDefinitions.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name: version, schema }) => {
      const root = strictSchema({
        ...schema.openAPIV3Schema,
        properties: { ...schema.openAPIV3Schema.properties, metadata: { type: 'object' } },
      });
      return [fileName({ group, version, kind: names.kind }), root] as const;
    }),
  );
  return new Map(files);
}

function reachableFrom(name: string, definitions: Swagger['definitions'], found = new Set<string>()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const next of namesIn(definitions[name] ?? {})) reachableFrom(next, definitions, found);
  return found;
}

function namesIn({ $ref, properties = {}, items, additionalProperties }: Schema): readonly string[] {
  const below = [...Object.values(properties), items, additionalProperties].filter(
    (schema): schema is Schema => typeof schema === 'object',
  );
  return [...($ref === undefined ? [] : [$ref.slice(DEFINITIONS.length)]), ...below.flatMap(namesIn)];
}

/** Names of JSON Schema that mean the same in OpenAPI; rules and formats are left to the API server. */
const KEPT = ['$ref', 'required', 'enum', 'pattern'] as const;

function strictSchema(schema: Schema): object {
  const { properties, items, additionalProperties } = schema;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const kept = KEPT.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]]));
  return {
    ...(Object.fromEntries(kept) as object),
    ...typesOf(schema),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, strictSchema(property)]),
      ),
    }),
    ...(items && { items: strictSchema(items) }),
    ...(properties && !open && additionalProperties === undefined && { additionalProperties: false }),
    ...(additionalProperties !== undefined && {
      additionalProperties:
        typeof additionalProperties === 'boolean' ? additionalProperties : strictSchema(additionalProperties),
    }),
  };
}

function typesOf(schema: Schema): object {
  const { type, nullable, format } = schema;
  if (format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true)
    return { type: ['integer', 'string'] };
  if (type === undefined) return {};
  return { type: nullable === true ? [type, 'null'] : type };
}
