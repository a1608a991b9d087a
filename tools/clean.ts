/** Deletes what can be made again, the local data above all. Refuses while a platform runs on them. */
import { existsSync, globSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { discardPostgres } from '@ecommercestack/local/postgres';
import { root } from './src/repository.ts';

const data = path.join(root, '.data');
for (const owner of globSync('**/owner', { cwd: data })) {
  const folder = path.join(data, path.dirname(owner));
  const pid = await discardPostgres(folder);
  if (pid !== undefined) {
    console.error(`Process ${pid} is running on ${folder}. Stop it first.`);
    process.exit(1);
  }
}
for (const folder of [data, path.join(root, 'coverage'), path.join(root, 'node_modules/.cache')]) {
  if (!existsSync(folder)) continue;
  await rm(folder, { recursive: true });
  console.log(`deleted ${path.relative(root, folder)}`);
}
