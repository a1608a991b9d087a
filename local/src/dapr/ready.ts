/** Waiting until a process answers. */
import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 50;

/** Whether the URL answered with a success before the signal aborted. */
export async function untilReady(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(url)) return true;
    await pause(EVERY_MS);
  }
  return false;
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'error' }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}
