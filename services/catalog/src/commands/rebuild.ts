/**
 * `npm run catalog:rebuild`: fills a new search index beside the one in use, and then puts it in its place. Searches and
 * edits go on. One that was cut off is gone on with. `--anew` begins again, `--roll-back` goes back to the index before,
 * `--data DIR` names the folder of a shop on this machine.
 */
import { rebuildIndex } from '../features/project-products/project-products.ts';
import { openStores } from './open-stores.ts';
import type { OpenedStores } from './open-stores.ts';
import { createProgress } from './progress.ts';
import { runCommand } from './run-command.ts';
import type { Values } from './run-command.ts';

const options = {
  anew: { type: 'boolean', default: false },
  'roll-back': { type: 'boolean', default: false },
  data: { type: 'string', default: '.data' },
} as const;

const run = async ({ anew, 'roll-back': back, data }: Values<typeof options>) => {
  const { store, index } = await openStores(process.env, data);
  return back ? rollBack(index) : rebuild({ store, index }, anew);
};

await runCommand(options, run, console.error);

async function rebuild({ store, index }: OpenedStores, anew: boolean): Promise<number> {
  const progress = createProgress({
    expected: await store.size(),
    now: () => performance.now(),
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
  });
  try {
    await rebuildIndex(store, index, { resume: !anew, onPage: (products) => progress.update(products) });
  } finally {
    progress.end();
  }
  console.log(`The new index is in use, with ${await index.count()} products to be found.`);
  return 0;
}

async function rollBack(index: OpenedStores['index']): Promise<number> {
  if (await index.rollBack()) {
    console.log(`The index before is in use again, with ${await index.count()} products to be found.`);
    return 0;
  }
  console.error('No index from before the last rebuild is kept.');
  return 1;
}
