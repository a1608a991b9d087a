/** Folders of parts that are made once for all checkouts of a user and then only read. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim } from '../postgres/owner.ts';

/**
 * The path `target`, made by `make` unless it is there. It appears by a rename, whole, so what exists is complete;
 * one process makes it while others wait, and a killed one leaves nothing that counts.
 */
export async function makeOnce(target: string, make: (fresh: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  const release = await acquire(`${target}.lock`, target);
  if (release === undefined) return target;
  try {
    if (existsSync(target)) return target;
    // Nobody else is in it while we hold the lock: what lies there was left by a killed process.
    const folder = `${target}.new`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    try {
      const fresh = path.join(folder, path.basename(target));
      await make(fresh);
      await rename(fresh, target);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return target;
  } finally {
    await release();
  }
}

/** Undefined when somebody else has made it meanwhile. */
async function acquire(lock: string, target: string): Promise<(() => Promise<void>) | undefined> {
  for (let announced = false; ; announced = true) {
    const result = await claim(lock);
    if (result.kind === 'claimed') return result.release;
    if (!announced) console.error(`Waiting for process ${result.pid}, which makes ${target} …`);
    await sleep(200);
    if (existsSync(target)) return undefined;
  }
}
