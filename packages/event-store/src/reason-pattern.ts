/** What reasons of the same kind have in common. */

const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g, '<time>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, '<id>'],
  [/\d+(?:\.\d+)*/g, '<n>'],
];

const MAX_LENGTH = 300;

/** Ids, times and numbers become `<id>`, `<time>` and `<n>`; cut after 300 characters. */
export function reasonPattern(reason: string): string {
  const pattern = VARIABLE.reduce((text, [variable, name]) => text.replaceAll(variable, name), reason);
  return pattern.slice(0, MAX_LENGTH);
}
