import type { inventoryMethods, Stock as StockView } from '@ecommercestack/contracts';
import type { Handlers } from '@ecommercestack/kit';
import type { Stock } from '../../domain/stock.ts';
import type { ReadStocks } from '../../ports.ts';

type Methods = Handlers<typeof inventoryMethods>;

/** What the public sees of a stock. */
function toView({ sku, available, held, committed, version }: Stock): StockView {
  return { sku, available, held, committed, version };
}

export function getStock(readStocks: ReadStocks): Methods['get-stock'] {
  return async ({ sku }) => {
    const stock = (await readStocks([sku])).get(sku);
    if (stock !== undefined) return { ok: true, value: toView(stock) };
    return { ok: false, problem: { code: 'not-found', detail: `There is no stock of ${sku}.` } };
  };
}

/** In the order asked for, each SKU once. */
export function getStocks(readStocks: ReadStocks): Methods['get-stocks'] {
  return async ({ skus }) => {
    const wanted = [...new Set(skus)];
    const stocks = await readStocks(wanted);
    const items = wanted.flatMap((sku) => stocks.get(sku) ?? []).map(toView);
    return { ok: true, value: { items, missing: wanted.filter((sku) => !stocks.has(sku)) } };
  };
}
