/** Deletes what can be made again, the local data above all. Refuses while a platform runs on them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { discardFolder } from '@ecommercestack/local/postgres';
import { root } from './src/repository.ts';

for (const name of ['.data', 'coverage', 'node_modules/.cache']) {
  const folder = path.join(root, name);
  if (!existsSync(folder)) continue;
  const pid = await discardFolder(folder);
  if (pid !== undefined) {
    console.error(`Process ${pid} is running on ${folder}. Stop it first.`);
    process.exit(1);
  }
  console.log(`deleted ${name}`);
}
