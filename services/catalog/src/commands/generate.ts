/** `npm run catalog:generate`: writes a believable catalogue as lines of JSON, as an import takes them. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateProducts } from '../generator/generate.ts';

const usage = `Usage: npm run -s catalog:generate -- [--count 100000] [--seed 1] [--out FILE]

Writes products as lines of JSON, to standard output where no file is named. The same numbers give the same products.`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Lines between two looks at whether the reader keeps up. */
const PAGE = 1_000;

if (values.help || !isWhole(values.count) || !isWhole(values.seed)) {
  console.error(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  await write(Number(values.count), Number(values.seed), values.out);
}

function isWhole(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

async function write(count: number, seed: number, file: string | undefined): Promise<void> {
  const out = file === undefined ? process.stdout : createWriteStream(file);
  // A reader such as `head` leaves when it has enough.
  const left = once(out, 'error').then(([error]: unknown[]) => {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let page: string[] = [];
  const flush = async (): Promise<void> => {
    const isFull = !out.write(page.join(''));
    page = [];
    if (isFull) await Promise.race([once(out, 'drain'), left]);
  };
  for (const product of generateProducts(count, seed)) {
    page.push(`${JSON.stringify(product)}\n`);
    if (page.length === PAGE) await flush();
  }
  await flush();
  if (file !== undefined) {
    out.end();
    await Promise.race([once(out, 'finish'), left]);
    console.error(`${count} products are in ${file}.`);
  }
}
