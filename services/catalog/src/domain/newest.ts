/** The newest item of each SKU: of several in one batch only that one needs to be written. */
export function newestBySku<T>(
  items: readonly T[],
  sku: (item: T) => string,
  version: (item: T) => number,
): readonly T[] {
  const newest = new Map<string, T>();
  for (const item of items) {
    const known = newest.get(sku(item));
    if (known === undefined || version(known) < version(item)) newest.set(sku(item), item);
  }
  return [...newest.values()];
}
