/** What the features need from the adapters. */
import type { Envelope, Handled } from '@ecommercestack/event-store';
import type { Command } from './domain/command.ts';
import type { Answer } from './domain/decide-batch.ts';
import type { Stock } from './domain/stock.ts';

export interface StockMessage extends Envelope {
  readonly command: Command;
}

/** Resolves after the commit. */
export type SubmitCommand = (message: StockMessage) => Promise<Handled<Answer>>;

/** Those that exist, by SKU. */
export type ReadStocks = (skus: readonly string[]) => Promise<ReadonlyMap<string, Stock>>;
