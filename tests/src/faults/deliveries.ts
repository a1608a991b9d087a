/** How often the consumers of a platform were given something, by what they say themselves. */
import type { Platform } from '../platform.ts';
import { readSamples } from './metrics.ts';

/** By consumer, whatever became of it; since the start of its process. */
export async function deliveriesOf({ access }: Platform): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { name, labels, value } of await readSamples(`${access.adminUrl}/metrics`)) {
    if (name !== 'message_handled_total') continue;
    const { consumer = '' } = labels;
    counts[consumer] = (counts[consumer] ?? 0) + value;
  }
  return counts;
}

/** Whether each has been given at least `times` as many as then. */
export function allReached(
  now: Readonly<Record<string, number>>,
  then: Readonly<Record<string, number>>,
  times: number,
): boolean {
  return Object.entries(then).every(([consumer, count]) => (now[consumer] ?? 0) >= count * times);
}
