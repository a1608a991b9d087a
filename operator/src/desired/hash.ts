/** Short names for values. */
import { createHash } from 'node:crypto';

/** Equal values have equal names, whatever the order of their keys. */
export function hash(value: unknown): string {
  return digest(canonical(value));
}

/** For what is built here, always in the same order; another order costs an apply that changes nothing. */
export function fingerprint(value: object): string {
  return digest(JSON.stringify(value));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** JSON with the keys in one order, without the fields that are undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .toSorted((one, other) => (one < other ? -1 : 1))
    .flatMap((name) => {
      const field: unknown = Reflect.get(value, name);
      return field === undefined ? [] : [`${JSON.stringify(name)}:${canonical(field)}`];
    });
  return `{${fields.join()}}`;
}
