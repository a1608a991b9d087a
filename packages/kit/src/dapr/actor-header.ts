/** Who is calling, as a header between apps: JSON in base64url, since a name may hold what no header may. */
import { z } from 'zod';
import type { Actor } from '../ports.ts';

const actor = z.strictObject({ id: z.string().min(1), roles: z.array(z.string()) });

export function actorHeader({ id, roles }: Actor): string {
  return Buffer.from(JSON.stringify({ id, roles })).toString('base64url');
}

/** Undefined where it is missing or not one of ours. */
export function parseActorHeader(header: string | undefined): Actor | undefined {
  if (header === undefined) return undefined;
  try {
    return actor.safeParse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))).data;
  } catch {
    // Whoever calls without saying for whom is refused, whatever the header holds.
    return undefined;
  }
}
