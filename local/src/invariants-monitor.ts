/** The platform checks its own invariants while it runs and publishes what it finds. */
import { check, invariants, readFactsSince } from '@ecommercestack/invariants';
import type { FactSources, Marks, Violation } from '@ecommercestack/invariants';
import type { Logger, Metrics } from '@ecommercestack/kit';

export interface Monitor {
  stop(): Promise<void>;
}

const EVERY_MS = 30_000;
/** Orders that ended longer ago than this have had time to reach every store. */
const GRACE_MS = 15_000;
const WINDOW_MS = 15 * 60_000;

/**
 * The stores are not read at one instant, so a finding counts only when the next look finds it again.
 * A failing look is logged and does not change the gauges.
 */
export function monitorInvariants(sources: FactSources, logger: Logger, metrics: Metrics): Monitor {
  const names = Object.keys(invariants) as (keyof typeof invariants)[];
  const gauge = metrics.gauge({
    name: 'invariant_violations',
    help: 'Broken invariants I1–I11 as of the last look; anything but 0 is an alarm.',
    labels: { invariant: names },
  });
  for (const invariant of names) gauge.set({ invariant }, 0);
  let marks: Marks | undefined;
  let suspected = new Set<string>();
  let running: Promise<void> = Promise.resolve();

  async function lookAgain(): Promise<void> {
    const now = Date.now();
    const look = await readFactsSince(sources, new Date(now - WINDOW_MS), marks);
    marks = look.marks;
    const found = check(look.facts, { settled: false, before: new Date(now - GRACE_MS) });
    const confirmed = found.filter((violation) => suspected.has(nameOf(violation)));
    suspected = new Set(found.map(nameOf));
    for (const invariant of names) {
      gauge.set({ invariant }, confirmed.filter((violation) => violation.invariant === invariant).length);
    }
    for (const violation of confirmed) logger.error({ ...violation }, 'an invariant is broken');
  }

  const timer = setInterval(() => {
    running = running.then(lookAgain).catch((error: unknown) => {
      logger.warn({ error }, 'the invariants could not be checked');
    });
  }, EVERY_MS).unref();

  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function nameOf({ invariant, subject, detail }: Violation): string {
  return `${invariant} ${subject} ${detail}`;
}
