/** Array parameters of hot statements. The driver would escape each element twice and write times in local time. */

type Element = string | number | Date | null | undefined;

/** `{"a","b",NULL}`: an array of any type whose elements read as these texts. */
export function arrayLiteral(elements: readonly Element[]): string {
  return `{${elements.map(literal).join(',')}}`;
}

function literal(element: Element): string {
  if (element === null || element === undefined) return 'NULL';
  if (typeof element === 'number') return String(element);
  const text = typeof element === 'string' ? element : element.toISOString();
  return /["\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
