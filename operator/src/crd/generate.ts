/** `npm run generate`: writes every file that is made from others; with `--check`, names those that differ and fails. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { GENERATED } from './generated.ts';

const root = path.join(import.meta.dirname, '../../..');
const checking = process.argv.includes('--check');

for (const { path: name, render } of GENERATED) {
  const file = path.join(root, name);
  const before = readFileSync(file, 'utf8');
  const after = await format(render(before), { ...(await resolveConfig(file)), filepath: file });
  if (before === after) continue;
  if (checking) {
    process.stderr.write(`${name} is stale: run npm run generate\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    process.stdout.write(`${name} written\n`);
  }
}
