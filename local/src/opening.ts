/** The last steps before customers come: the shelves are filled, the provider knows the way, the doors are signed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedProducts } from '@ecommercestack/catalog/seed';
import { readIfThere, type Invoker, type Logger } from '@ecommercestack/kit';
import type { Access } from './access.ts';
import type { Ground } from './ground.ts';
import { monitorInvariants } from './invariants-monitor.ts';
import { seed, untilFound } from './seed.ts';
import type { UndoStack } from './undo-stack.ts';

/** For all products together. */
const SEED_LIMIT_MS = 180_000;

/** Once for a data folder: its mark is written when the work is done. */
export async function fillOnce(data: string, invoker: Invoker): Promise<void> {
  const mark = join(data, 'seeded');
  const done = await readIfThere(mark);
  if (done !== undefined) return;
  const limit = AbortSignal.timeout(SEED_LIMIT_MS);
  await seed(invoker, seedProducts, limit);
  await untilFound(invoker, seedProducts, limit);
  await writeFile(mark, 'The catalogue was filled; delete this file to fill in what is missing.\n');
}

export interface Doors {
  /** Of the shop. */
  readonly url: string;
  readonly adminUrl: string;
}

/** From now on the platform also checks its own invariants. */
export async function openDoors(
  ground: Ground,
  doors: Doors,
  logger: Logger,
  push: UndoStack['push'],
): Promise<Access> {
  const { provider, databases, metrics, issuer } = ground;
  await provider.sendWebhooksTo(`${doors.url}/api/payments/webhook`);
  const monitor = monitorInvariants({ databases, providerUrl: provider.url }, logger, metrics);
  push('invariants', () => monitor.stop());
  return {
    ...doors,
    adminToken: await issuer.mint({ customer: 'shop-admin', roles: ['admin'], expiresIn: '30d' }),
    customerToken: await issuer.mint({ customer: 'ada', roles: ['customer'], expiresIn: '30d' }),
    providerUrl: provider.url,
    databases,
  };
}
