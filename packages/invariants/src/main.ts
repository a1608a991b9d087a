/** `npm run check:invariants`: the invariants of a running platform, once nothing is in flight. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { check, invariants, type Violation } from './check.ts';
import { readFacts } from './read-facts.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '.data' },
    'settle-seconds': { type: 'string', default: '30' },
  },
});

const access = z.object({ databases: z.record(z.string(), z.string()), providerUrl: z.string() });
const file = join(values.data, 'access.json');
const text = await readFile(file, 'utf8').catch(() => undefined);
if (text === undefined) {
  console.error(`There is no ${file}. Start the platform first, or name its folder with --data DIR.`);
  process.exit(1);
}

/** Orders may be in flight: what is wrong now has to be wrong still when they have had time to end. */
async function settle(
  deadline: number,
): Promise<{ violations: readonly Violation[]; orders: number; skus: number }> {
  for (;;) {
    const facts = await readFacts(access.parse(JSON.parse(text ?? '')));
    const violations = check(facts, { settled: true });
    if (violations.length === 0 || Date.now() >= deadline) {
      return { violations, orders: facts.orders.length, skus: facts.stock.length };
    }
    await sleep(1_000);
  }
}

const { violations, orders, skus } = await settle(Date.now() + Number(values['settle-seconds']) * 1_000);
console.log(`Checked ${orders} orders and ${skus} SKUs.`);
for (const [name, meaning] of Object.entries(invariants)) {
  const found = violations.filter((violation) => violation.invariant === name);
  console.log(`  ${found.length === 0 ? '✓' : '✗'} ${name.padEnd(4)} ${meaning}`);
  for (const { subject, detail } of found.slice(0, 5)) console.log(`         ${subject}: ${detail}`);
  if (found.length > 5) console.log(`         … and ${found.length - 5} more`);
}
if (violations.length > 0) process.exitCode = 1;
