/** Whether two JSON values are equal: members in any order, elements in theirs. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (!isComposite(a) || !isComposite(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const right = new Map(Object.entries(b));
  const left = Object.entries(a);
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && equalJson(value, right.get(key)))
  );
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
