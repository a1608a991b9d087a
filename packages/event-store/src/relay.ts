/** Publishes the outbox: at least once, in order per key, without a query between commit and publish. */
import { createBackground } from './background.ts';
import type { EventStore } from './event-store.ts';
import { createMicroBatch } from './micro-batch.ts';
import {
  claimRows,
  countAttempts,
  deleteRows,
  firstPending,
  releaseLeases,
  renewLeases,
} from './outbox-table.ts';
import { RelayQueue, type HeldRow } from './relay-queue.ts';
import { createSender, type Publish } from './relay-sender.ts';

export interface RelayOptions {
  readonly store: EventStore;
  /** Default: the store's. Unique among living processes, the same after a restart. */
  readonly owner?: string;
  /** Records of one topic, no two of the same key; one outcome each, in order. A throw fails them all. */
  readonly publish: Publish;
  /** Records per publish call. 1 where one slow record must not hold up the answers of others. Default: 128. */
  readonly maxBatch?: number;
  /** Records of one topic being published at a time. Default: 1024. */
  readonly maxInFlight?: number;
  /** Rows of one topic in memory, more or less; beyond it they stay in the table until there is room. Default: 20,000. */
  readonly maxHeld?: number;
  /** How long rows stay with a relay that does not renew them. Default: 5000. */
  readonly leaseMs?: number;
  /** How often rows are sought that did not come by memory. Default: 1000. */
  readonly pollMs?: number;
  /** First pause after a failed publish, doubled with each to at most 30 s. Default: 100. */
  readonly retryMs?: number;
  readonly hooks?: RelayHooks;
}

export interface RelayHooks {
  /** After each publish call; `delaysSeconds` from commit to publish of the published ones. */
  readonly onPublish?: (call: {
    readonly topic: string;
    readonly failed: number;
    readonly delaysSeconds: readonly number[];
  }) => void;
}

export interface Relay {
  /** Takes over what this owner left behind, then publishes until stopped. One relay per store. */
  start(): Promise<void>;
  /** Waits for publishes in flight and gives unpublished rows back. */
  stop(): Promise<void>;
}

const claimPage = 1000;
const blockedPollMs = 10;
const deleteDelayMs = 100;

/** Deletes published rows, many per statement; nobody waits for it. */
function createRemover({ pool, reportError }: EventStore) {
  const deletes = createMicroBatch<string, true>({
    maxBatch: 5000,
    isDivisible: () => false,
    async run(seqs) {
      await new Promise((resolve) => setTimeout(resolve, deleteDelayMs));
      await deleteRows(pool, seqs);
      return seqs.map(() => true as const);
    },
  });
  return {
    // A row whose deletion failed is claimed again when its lease has ended, recognised, and deleted then.
    remove: (seq: string) => void deletes.submit(seq).catch(reportError),
    drain: () => deletes.drain(),
  };
}

/** Keeps the queue in step with the table: claims, renews and unblocks. */
function createKeeper(options: {
  readonly store: EventStore;
  readonly queue: RelayQueue;
  readonly owner: string;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly maxHeld: number;
  readonly accept: (rows: readonly HeldRow[]) => void;
}) {
  const { queue, owner, leaseMs, pollMs, maxHeld, accept } = options;
  const { pool } = options.store;
  let renewedAt = performance.now();
  let claimedAt = Number.NEGATIVE_INFINITY;

  async function claim(): Promise<void> {
    claimedAt = performance.now();
    for (let full = true; full;) {
      const limit = Math.min(claimPage, maxHeld);
      const rows = await claimRows(pool, { owner, leaseMs, limit, except: queue.topicsWith(maxHeld) });
      accept(rows);
      full = rows.length === limit;
    }
  }

  async function renew(): Promise<void> {
    const asked = performance.now();
    const seqs = queue.heldSeqs();
    if (seqs.length > 0) {
      const kept = await renewLeases(pool, owner, seqs, leaseMs);
      queue.forget(new Set(seqs.filter((seq) => !kept.has(seq))));
    }
    renewedAt = asked;
  }

  async function unblock(): Promise<void> {
    const blocked = queue.blocked();
    if (blocked.size > 0) queue.resolve(blocked, await firstPending(pool, [...blocked.keys()]));
  }

  return {
    isLeaseValid: () => performance.now() - renewedAt < leaseMs,
    /** Returns the milliseconds until the next round. */
    async round(): Promise<number> {
      if (performance.now() - renewedAt >= leaseMs / 3) await renew();
      if (performance.now() - claimedAt >= pollMs) await claim();
      await unblock();
      accept([]);
      return queue.isBlocked ? blockedPollMs : Math.min(pollMs, leaseMs / 3);
    },
    restart(): void {
      renewedAt = performance.now();
      claimedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

export function createRelay(options: RelayOptions): Relay {
  const { store, publish, maxBatch = 128, maxInFlight = 1024, leaseMs = 5000, pollMs = 1000 } = options;
  const { retryMs = 100, maxHeld = 20_000, owner = store.owner, hooks } = options;
  const { pool, now, reportError } = store;
  const queue = new RelayQueue();
  const remover = createRemover(store);
  let detach: (() => void) | undefined;

  function accept(rows: readonly HeldRow[]): void {
    for (const seq of queue.offer(rows)) remover.remove(seq);
    sender.pump();
    if (rows.length > 0 && queue.isBlocked) background.wake();
  }

  const keeper = createKeeper({ store, queue, owner, leaseMs, pollMs, maxHeld, accept });
  const background = createBackground({ round: () => keeper.round(), retryMs: pollMs, reportError });
  const sender = createSender({
    queue,
    publish,
    maxBatch,
    maxInFlight,
    retryMs,
    now,
    reportError,
    hooks,
    isLeaseValid: keeper.isLeaseValid,
    onPublished: ({ seq }) => remover.remove(seq),
    onFailed: (rows) =>
      countAttempts(
        pool,
        rows.map(({ seq }) => seq),
      ),
  });

  return {
    async start() {
      // What this owner held before a restart; from here on only rows of living processes are leased.
      await releaseLeases(pool, owner);
      const unlease = store.leaseOutboxTo({ owner, milliseconds: leaseMs });
      const unlisten = store.onCommit(({ outbox }) => {
        if (outbox.length === 0) return;
        // Half of the room is left to claims, whose rows come first: what is held might else all wait for what is not.
        const full = new Set(queue.topicsWith(maxHeld / 2));
        const rows = full.size === 0 ? outbox : outbox.filter(({ topic }) => !full.has(topic));
        if (rows.length > 0) accept(rows);
      });
      detach = () => {
        unlisten();
        unlease();
      };
      keeper.restart();
      sender.start();
      background.start();
    },
    async stop() {
      if (detach === undefined) return;
      detach();
      detach = undefined;
      await background.stop();
      await sender.stop();
      await remover.drain();
      queue.forget(new Set(queue.heldSeqs()));
      await releaseLeases(pool, owner);
    },
  };
}
