/** Whether the sidecar can be used. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import type { ReadinessCheck } from '../ports.ts';
import type { SidecarClient } from './client.ts';

/** `outbound`, since the whole of the sidecar is healthy only once the app is. */
const HEALTH = '/v1.0/healthz/outbound';

export function sidecarReadiness(client: SidecarClient): ReadinessCheck {
  return { name: 'sidecar', check: () => askHealth(client) };
}

/** Resolves when the sidecar can publish and call; rejects after `timeoutMs` with the last reason. */
export async function waitForSidecar(
  client: SidecarClient,
  { logger, timeoutMs = 60_000 }: { readonly logger: Logger; readonly timeoutMs?: number },
): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const reason = await askHealth(client);
    if (reason === undefined) return;
    if (performance.now() > end) throw new Error(`the sidecar did not become ready: ${reason}`);
    logger.debug({ reason }, 'waiting for the sidecar');
    await pause(100);
  }
}

async function askHealth(client: SidecarClient): Promise<string | undefined> {
  try {
    const { status } = await client.request({ method: 'GET', path: HEALTH, timeoutMs: 2_000 });
    return status === 204 ? undefined : `the sidecar answers ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
