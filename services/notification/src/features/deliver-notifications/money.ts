import type { Money } from '@ecommercestack/contracts';

/** Writes amounts in English with as many decimals as their currency has. Remembers one format per currency. */
export function createMoneyFormat(): (money: Money) => string {
  const formats = new Map<string, Intl.NumberFormat>();
  return ({ amount, currency }) => {
    const format = formats.get(currency) ?? new Intl.NumberFormat('en', { style: 'currency', currency });
    formats.set(currency, format);
    const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
    return format.format(amount / 10 ** decimals);
  };
}
