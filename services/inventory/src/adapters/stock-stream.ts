/** The event stream of a SKU: its stock levels, one event per transaction that changed the level. */
export const stockStreamPrefix = 'stock-';

export function stockStream(sku: string): string {
  return `${stockStreamPrefix}${sku}`;
}
