/**
 * One of several operators writes: the one that holds the lease. It counts the time from before it asked for it, the
 * others from when they saw it; so it stops before another one may begin, however the clocks of their machines differ.
 */
import { sleep } from '@ecommercestack/kit';
import type { Connection } from './connection.ts';
import { leaseRecord, type Lease, type LeaseRecord } from './lease-record.ts';

export interface LeaseTimes {
  /** For so long the others leave it to its holder once they saw it renewed. */
  readonly durationMs: number;
  /** For so long its holder acts on it after it asked for it; shorter, for what is on its way. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export interface LeaseOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Of this process; no other has it, not even an earlier one in the same pod. */
  readonly identity: string;
  readonly times: LeaseTimes;
  readonly onChange: (leads: boolean) => void;
  readonly onError: (error: unknown) => void;
}

export interface Elector {
  /** Whether it may write now. Right even in a process that was stopped for a while and does not know it yet. */
  readonly isLeading: () => boolean;
  /**
   * Waits for the lease and leads, again and again until the signal aborts; then lets it go. `lead` shall end soon
   * after its signal aborts; the lease is kept until it has.
   */
  run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<void>;
}

/** What this process holds. */
interface Held {
  lease: Lease;
  /** Before the request that made it so. */
  since: Moment;
}

export function createElector(options: LeaseOptions): Elector {
  const { identity, times, onChange, onError } = options;
  const record = leaseRecord({
    ...options,
    durationMs: times.durationMs,
    timeoutMs: Math.max(1_000, times.renewDeadlineMs / 2),
  });
  const candidate = createCandidate(record, options);
  let held: Held | undefined;

  const leadOnce = async (
    mine: Held,
    signal: AbortSignal,
    lead: (leading: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const lost = new AbortController();
    const finished = new AbortController();
    held = mine;
    onChange(true);
    const keeping = keep(record, mine, options, finished.signal).finally(() => lost.abort());
    try {
      await lead(AbortSignal.any([signal, lost.signal]));
    } finally {
      finished.abort();
      await keeping;
      if (isValid(mine, times)) await record.write(mine.lease, '').catch(onError);
      held = undefined;
      onChange(false);
    }
  };

  return {
    isLeading: () => held !== undefined && isValid(held, times),
    run: async (signal, lead) => {
      while (!signal.aborted) {
        const taken = await candidate.take(identity).catch(onError);
        if (taken) await leadOnce(taken, signal, lead);
        else await sleep(candidate.nextTryMs(), signal);
      }
    },
  };
}

function isValid({ since }: Held, { renewDeadlineMs }: LeaseTimes): boolean {
  return elapsed(since) < renewDeadlineMs;
}

function createCandidate(record: LeaseRecord, { times: { durationMs, retryMs } }: LeaseOptions) {
  /** The version that was read, and when it was read first. */
  let seen: { readonly version: string; readonly at: Moment; readonly forMs: number } | undefined;

  const isFree = ({ metadata, spec }: Lease): boolean => {
    const version = metadata.resourceVersion;
    if ((spec.holderIdentity ?? '') === '') return true;
    const forMs = Math.max(durationMs, (spec.leaseDurationSeconds ?? 0) * 1_000);
    if (seen?.version !== version) seen = { version, at: moment(), forMs };
    return elapsed(seen.at) >= seen.forMs;
  };

  return {
    take: async (identity: string): Promise<Held | undefined> => {
      const found = await record.read();
      if (found !== undefined && found.spec.holderIdentity !== identity && !isFree(found)) return undefined;
      const since = moment();
      const taken = await record.write(found, identity);
      return taken && { lease: taken, since };
    },
    /** At the latest when the lease that was seen runs out. */
    nextTryMs: (): number => {
      const left = seen === undefined ? retryMs : Math.ceil(seen.forMs - elapsed(seen.at));
      return left > 0 ? Math.min(retryMs, left) : retryMs;
    },
  };
}

/** Renews it; resolves when it is lost or the signal aborts. */
async function keep(
  record: LeaseRecord,
  held: Held,
  { identity, times, onError }: LeaseOptions,
  signal: AbortSignal,
): Promise<void> {
  const renew = async (): Promise<'renewed' | 'lost'> => {
    const since = moment();
    // A renewal that comes later than this is none: its answer is not waited for.
    const leftMs = Math.max(0, Math.floor(times.renewDeadlineMs - elapsed(held.since)));
    const renewed = await record.write(held.lease, identity, AbortSignal.timeout(leftMs));
    if (renewed !== undefined) {
      held.lease = renewed;
      held.since = since;
      return 'renewed';
    }
    // Perhaps the answer to an earlier renewal was lost on its way.
    const found = await record.read();
    if (found?.spec.holderIdentity !== identity) return 'lost';
    held.lease = found;
    return 'renewed';
  };

  while (!signal.aborted && isValid(held, times)) {
    await sleep(times.retryMs, signal);
    if (signal.aborted) return;
    const outcome = await renew().catch(onError);
    if (outcome === 'lost') return;
  }
}

/** On two clocks: one stands still while the machine sleeps, the other may be set back. */
interface Moment {
  readonly steady: number;
  readonly wall: number;
}

function moment(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

function elapsed({ steady, wall }: Moment): number {
  return Math.max(performance.now() - steady, Date.now() - wall);
}
