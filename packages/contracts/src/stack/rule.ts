/** Rules that the API server checks (CEL) with, where it is cheap, the same rule for everybody else who reads the resource. */
import type { z } from 'zod';

/** One entry of `x-kubernetes-validations`, with its twin. */
export interface Rule<T = never> {
  /** Common Expression Language; `self` is the value, `oldSelf` what it was. */
  readonly cel: string;
  /** What to do, for whoever wrote the resource. */
  readonly message: string;
  /** The field that is to blame, right below `self`. */
  readonly at?: string;
  /** The same in JavaScript, on the parsed value; a rule about the value before a change has none. */
  readonly holds?: (value: T) => boolean;
}

/** Attaches rules to a schema: as metadata for the CRD, and as checks where they have a twin. */
export function ruled<S extends z.ZodType>(
  schema: S,
  rules: readonly Rule<z.output<S>>[],
  meta: { readonly description?: string } = {},
): S {
  const checked = rules.reduce(
    (guarded, { holds, message, at }) =>
      holds === undefined ? guarded : guarded.refine(holds, { message, ...(at && { path: [at] }) }),
    schema,
  );
  return checked.meta({
    ...meta,
    'x-kubernetes-validations': rules.map(({ cel, message, at }) => ({
      rule: cel,
      message,
      ...(at && { fieldPath: `.${at}` }),
    })),
  });
}

/** For `holds`: how many of the values are there. */
export function given(...values: readonly unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}

/** For `cel`: how many of the fields are there. */
export function celGiven(...fields: readonly string[]): string {
  return `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size()`;
}
