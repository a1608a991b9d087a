/** What an API server does with a resource before it is stored, for specs: defaults, then rules. */
import { amountOf } from '@ecommercestack/contracts';
import { Environment } from '@marcbachmann/cel-js';
import type { Schema } from '../structural.ts';

/** Fills in the defaults from the outside in, as `structural-merge` defaulting does. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(schema.items ?? {}, item));
  if (!isObject(value)) return value;
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]): [string, unknown][] => {
    const given = value[name] ?? structuredClone(field.default);
    return given === undefined ? [] : [[name, withDefaults(field, given)]];
  });
  return { ...value, ...Object.fromEntries(fields) };
}

export interface Refusal {
  readonly path: string;
  readonly message: string;
}

/** The rules that a value breaks. Without an old value, rules about a change do not apply. */
export function refusals(schema: Schema, value: unknown, old?: unknown, path = ''): Refusal[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule, message }) => {
    if (rule.includes('oldSelf') && old === undefined) return [];
    const facts = { self: typed(schema, value), oldSelf: typed(schema, old) };
    return holds(rule, facts) ? [] : [{ path, message }];
  });
  if (Array.isArray(value)) {
    return [
      ...own,
      ...value.flatMap((item, at) => refusals(schema.items ?? {}, item, undefined, `${path}[${at}]`)),
    ];
  }
  if (!isObject(value)) return own;
  const before = isObject(old) ? old : {};
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    name in value ? refusals(field, value[name], before[name], `${path}.${name}`) : [],
  );
  return [...own, ...below];
}

function holds(rule: string, facts: Record<string, unknown>): boolean {
  return environment().evaluate(rule, facts) === true;
}

/** Whole numbers are bigint to the evaluator, and everything else a double; the schema knows which. */
function typed(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(schema.items ?? {}, item));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, typed(schema.properties?.[name] ?? {}, field)]),
    );
  }
  const isInteger = schema.type === 'integer' || schema['x-kubernetes-int-or-string'] === true;
  return typeof value === 'number' && isInteger ? BigInt(value) : value;
}

class Quantity {
  readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
}

/** With the one library of Kubernetes that our rules use. */
function environment(): Environment {
  return new Environment({ unlistedVariablesAreDyn: true })
    .registerType('Quantity', Quantity)
    .registerFunction('quantity(string): Quantity', (text: string) => new Quantity(amountOf(text)))
    .registerFunction('Quantity.compareTo(Quantity): int', (one: Quantity, other: Quantity) =>
      BigInt(Math.sign(one.amount - other.amount)),
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
