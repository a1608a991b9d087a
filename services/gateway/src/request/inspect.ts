/** One walk over untrusted JSON: is it shallow enough, and free of card numbers? */
import { hasCardNumber } from './card-number.ts';

const MAX_DEPTH = 20;

export type Finding = 'card-number' | 'too-deep' | 'forbidden-key';

/** The first finding; undefined when there is none. */
export function inspect(value: unknown, depth = 0): Finding | undefined {
  if (typeof value === 'string') return hasCardNumber(value) ? 'card-number' : undefined;
  if (typeof value === 'number') return hasCardNumber(String(value)) ? 'card-number' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return 'too-deep';
  if (Array.isArray(value)) return firstFinding(value, depth);
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return 'forbidden-key';
    if (hasCardNumber(key)) return 'card-number';
  }
  return firstFinding(Object.values(value), depth);
}

function firstFinding(values: readonly unknown[], depth: number): Finding | undefined {
  for (const value of values) {
    const finding = inspect(value, depth + 1);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
