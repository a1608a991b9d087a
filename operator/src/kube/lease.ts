/**
 * One of several operators writes: the one that holds the lease. It counts the time from before it asked for it, the
 * others from when they saw it; so it stops before another one may begin, however the clocks of their machines differ.
 */
import { sleep } from '@ecommercestack/kit';
import { z } from 'zod';
import { accepted, type Answer } from './answers.ts';
import type { Connection } from './connection.ts';
import { collectionPath, objectPath } from './resources.ts';

export interface LeaseTimes {
  /** For so long the others leave it to its holder once they saw it renewed. */
  readonly durationMs: number;
  /** For so long its holder acts on it after the renewal; shorter, for what is on its way. */
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
  isLeading(): boolean;
  /**
   * Waits for the lease and leads, again and again until the signal aborts; then lets it go. `lead` shall end soon
   * after its signal aborts; the lease is kept until it has.
   */
  run(signal: AbortSignal, lead: (leading: AbortSignal) => Promise<void>): Promise<void>;
}

const lease = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z.looseObject({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.number().nullish(),
    leaseTransitions: z.number().nullish(),
    acquireTime: z.string().nullish(),
  }),
});
type Lease = z.infer<typeof lease>;

export function createElector(options: LeaseOptions): Elector {
  const { connection, namespace, name, identity, times, onChange, onError } = options;
  const path = objectPath('coordination.k8s.io/v1', 'Lease', namespace, name);
  let renewedAt: Moment | undefined;
  let seen: { readonly version: string; readonly at: Moment } | undefined;
  let held: Lease | undefined;

  const isLeading = () => renewedAt !== undefined && elapsed(renewedAt) < times.renewDeadlineMs;
  const timeoutMs = Math.max(1_000, times.renewDeadlineMs / 2);

  /** Null: somebody else was faster. */
  const write = async (
    before: Lease | undefined,
    holder: string,
    signal?: AbortSignal,
  ): Promise<Lease | null> => {
    const request = { body: bodyFor(options, before, holder), timeoutMs, ...(signal && { signal }) };
    const answer: Answer =
      before === undefined
        ? await connection.request(
            'POST',
            collectionPath('coordination.k8s.io/v1', 'Lease', namespace),
            request,
          )
        : await connection.request('PUT', path, request);
    if (answer.status === 409) return null;
    return lease.parse(accepted(`the lease ${namespace}/${name}`, answer).body);
  };

  const read = async (): Promise<Lease | undefined> => {
    const answer = await connection.request('GET', path, { timeoutMs });
    if (answer.status === 404) return undefined;
    return lease.parse(accepted(`the lease ${namespace}/${name}`, answer).body);
  };

  const take = async (): Promise<boolean> => {
    const began = moment();
    const found = await read();
    const holder = found?.spec.holderIdentity ?? '';
    if (found !== undefined && holder !== '' && holder !== identity) {
      const version = found.metadata.resourceVersion;
      if (seen?.version !== version) seen = { version, at: began };
      const durationMs = Math.max(times.durationMs, (found.spec.leaseDurationSeconds ?? 0) * 1_000);
      if (elapsed(seen.at) < durationMs) return false;
    }
    const asked = moment();
    const taken = await write(found, identity);
    if (taken === null) return false;
    held = taken;
    renewedAt = asked;
    return true;
  };

  const renew = async (signal: AbortSignal): Promise<'renewed' | 'lost'> => {
    const asked = moment();
    const renewed = await write(held, identity, signal);
    if (renewed === null) {
      // Perhaps an answer of ours was lost on its way.
      held = await read();
      return held?.spec.holderIdentity === identity ? 'renewed' : 'lost';
    }
    held = renewed;
    renewedAt = asked;
    return 'renewed';
  };

  /** Resolves when the lease is lost or the signal aborts. */
  const keep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && isLeading()) {
      await sleep(times.retryMs, signal);
      if (signal.aborted) return;
      const left = times.renewDeadlineMs - (renewedAt === undefined ? 0 : elapsed(renewedAt));
      // A renewal that comes later than this is none: its answer is not waited for.
      const outcome = await renew(AbortSignal.timeout(Math.max(0, Math.floor(left)))).catch(
        (error: unknown) => {
          onError(error);
          return 'failed' as const;
        },
      );
      if (outcome === 'lost') return;
    }
  };

  const leadOnce = async (
    signal: AbortSignal,
    lead: (leading: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const lost = new AbortController();
    const leading = AbortSignal.any([signal, lost.signal]);
    const kept = new AbortController();
    onChange(true);
    const keeping = keep(kept.signal).then(() => lost.abort());
    try {
      await lead(leading);
    } finally {
      kept.abort();
      await keeping;
      if (signal.aborted && isLeading()) await write(held, '').catch(onError);
      renewedAt = undefined;
      held = undefined;
      onChange(false);
    }
  };

  return {
    isLeading,
    run: async (signal, lead) => {
      while (!signal.aborted) {
        const taken = await take().catch((error: unknown) => {
          onError(error);
          return false;
        });
        if (taken) await leadOnce(signal, lead);
        else await sleep(nextTry(times, seen?.at), signal);
      }
    },
  };
}

/** At the latest when the lease that was seen runs out. */
function nextTry({ retryMs, durationMs }: LeaseTimes, seenAt: Moment | undefined): number {
  const left = seenAt === undefined ? retryMs : durationMs - elapsed(seenAt);
  return left > 0 ? Math.min(retryMs, left) : retryMs;
}

function bodyFor(
  { namespace, name, times, identity }: LeaseOptions,
  before: Lease | undefined,
  holder: string,
) {
  const now = `${new Date().toISOString().slice(0, -1)}000Z`;
  const changes = before?.spec.holderIdentity !== holder;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, ...(before && { resourceVersion: before.metadata.resourceVersion }) },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(times.durationMs / 1_000),
      renewTime: now,
      acquireTime: changes || holder !== identity ? now : (before?.spec.acquireTime ?? now),
      leaseTransitions: (before?.spec.leaseTransitions ?? 0) + (changes && holder !== '' ? 1 : 0),
    },
  };
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
