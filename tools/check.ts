/** Runs the checks: `check.ts [name…]`, all when none is named. Ends with `N passed, N failed` alone on a line. */
import { CHECKS } from './src/checks.ts';
import type { Check } from './src/checks.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`No check ${unknown.join(', ')}; there are ${CHECKS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const waiting = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name));
const total = waiting.length;
let failed = 0;

async function report({ name, run }: Check): Promise<void> {
  const started = performance.now();
  const problems = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (problems !== '') failed += 1;
  console.log(`${problems === '' ? '✔' : '✖'} ${name} (${seconds} s)`);
  if (problems !== '') console.log(problems.replaceAll(/^/gm, '    '));
}

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await report(check);
}

await Promise.all([work(), work()]);
console.log(`${total - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
