/** Kills processes that a supervisor starts again, and keeps one down. */
import { createServer } from 'node:net';
import { eventually } from '../eventually.ts';
import type { Platform, ProcessEntry } from '../platform.ts';

/** Waits for it to be up, since it may still be down from an earlier kill. */
export async function killOne(platform: Platform, name: string): Promise<void> {
  await eventually(`${name} can be killed`, async () => {
    const { pid } = await entryOf(platform, name);
    return pid !== undefined && killIfAlive(pid);
  });
}

/** Nobody listens at its port from now on: what is started again cannot take it. Resolves with the way back. */
export async function takeDown(platform: Platform, name: string): Promise<() => Promise<void>> {
  const port = (await entryOf(platform, name)).ports['port'];
  const squatter = createServer((socket) => socket.destroy());
  await killOne(platform, name);
  await eventually(`${name} has left its port`, async () => {
    const taken = await new Promise<boolean>((resolve) => {
      squatter.once('error', () => resolve(false));
      squatter.listen(port, '127.0.0.1', () => resolve(true));
    });
    // It was started again before the port could be taken.
    if (!taken) await killOne(platform, name);
    return taken;
  });
  return () =>
    new Promise((resolve) => {
      squatter.close(() => resolve());
    });
}

export async function entryOf(platform: Platform, name: string): Promise<ProcessEntry> {
  const entry = (await platform.processes()).find((process) => process.name === name);
  if (entry === undefined) throw new Error(`There is no process ${name}`);
  return entry;
}

function killIfAlive(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
