/**
 * `npm run catalog:drift`: compares the search index with the products, by SKU and version, and exits with 1 where they
 * differ. `--mend` brings the index up to date with what it has missed, `--grace SECONDS` is how long a change may be on its
 * way, `--data DIR` names the folder of a shop on this machine.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { skuOf } from '../domain/product.ts';
import { createIndexCheck } from '../features/check-index/check-index.ts';
import { openStores } from './open-stores.ts';
import { runCommand } from './run-command.ts';
import type { Values } from './run-command.ts';

const PAGE = 1_000;
const SHOWN = 10;

const options = {
  mend: { type: 'boolean', default: false },
  grace: { type: 'string', default: '5' },
  data: { type: 'string', default: '.data' },
} as const;

const run = async ({ mend, grace, data }: Values<typeof options>) => {
  const { store, index } = await openStores(process.env, data);
  const check = createIndexCheck(store, index, {
    pageSize: PAGE,
    graceMs: Number(grace) * 1_000,
    wait: (ms, signal) => pause(ms, undefined, { signal }),
    mend,
  });
  const { signal } = new AbortController();
  const behind: string[] = [];
  const orphans: string[] = [];
  do {
    const differences = await check.step(signal);
    behind.push(...differences.behind.map(skuOf));
    orphans.push(...differences.orphans);
  } while (!check.atStart());
  describe(mend ? 'were missing or old, and have been brought up to date' : 'are missing or old', behind);
  describe('were never written, and go with a rebuild', orphans);
  if (behind.length + orphans.length === 0) console.log('The search index holds every product as it is.');
  return orphans.length > 0 || (behind.length > 0 && !mend) ? 1 : 0;
};

await runCommand(options, run, console.error);

function describe(what: string, skus: readonly string[]): void {
  if (skus.length === 0) return;
  const more = skus.length > SHOWN ? ` and ${skus.length - SHOWN} more` : '';
  console.log(`${skus.length} products ${what}: ${skus.slice(0, SHOWN).join(', ')}${more}`);
}
