import type { Money } from '@ecommercestack/contracts';

/** Writes amounts in English with as many decimals as their currency has. Remembers one format per currency. */
export function createMoneyFormat(): (money: Money) => string {
  const formats = new Map<string, (amount: number) => string>();
  return ({ amount, currency }) => {
    const format = formats.get(currency) ?? formatOf(currency);
    formats.set(currency, format);
    return format(amount);
  };
}

function formatOf(currency: string): (amount: number) => string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const units = 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
  return (amount) => format.format(amount / units);
}
