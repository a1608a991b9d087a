/** Publishes the outbox: at least once, in order per key, without a query between commit and publish. */
import type { EventStore } from './event-store.ts';
import { createBackground } from './background.ts';
import { createMicroBatch } from './micro-batch.ts';
import {
  claimRows,
  countAttempts,
  deleteRows,
  firstPending,
  readDepth,
  releaseLeases,
  renewLeases,
  type OutboxDepth,
} from './outbox-table.ts';
import { createRelayQueue, type HeldRow } from './relay-queue.ts';
import { inSpan, markFailed, startSendSpan } from './tracing.ts';
import type { OutboxRecord } from './types.ts';

export interface RelayOptions {
  readonly store: EventStore;
  /** Default: the store's. Unique among living processes, the same after a restart. */
  readonly owner?: string;
  /** Records of one topic, no two of the same key; one outcome each, in order. A throw fails them all. */
  readonly publish: (records: readonly OutboxRecord[]) => Promise<readonly ('published' | Error)[]>;
  /** Records per publish call. 1 where one slow record must not hold up the answers of others. Default: 128. */
  readonly maxBatch?: number;
  /** Records being published at a time. Default: 1024. */
  readonly maxInFlight?: number;
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
  start(): Promise<void>;
  /** Waits for publishes in flight and gives unpublished rows back. */
  stop(): Promise<void>;
  /** Of the whole table, whoever holds the rows. */
  depth(): Promise<OutboxDepth>;
}

/** Rows in memory; beyond it they stay in the table until there is room. */
const maxHeld = 20_000;
const longestRetryMs = 30_000;
const deleteDelayMs = 5;
const blockedPollMs = 10;

export function createRelay(options: RelayOptions): Relay {
  const { store, publish, maxBatch = 128, maxInFlight = 1024, leaseMs = 5000, pollMs = 1000 } = options;
  const { retryMs = 100, owner = store.owner, hooks } = options;
  const { pool, reportError } = store;
  const queue = createRelayQueue();
  const retries = new Set<NodeJS.Timeout>();
  const calls = new Set<Promise<void>>();
  let inFlight = 0;
  let running = false;
  let reclaim = true;
  let renewedAt = 0;
  let claimedAt = 0;
  let detach: () => void = () => undefined;

  const deletes = createMicroBatch<string, true>({
    maxBatch: 5000,
    isDivisible: () => false,
    async run(seqs) {
      // Nobody waits for this, and more rows per statement cost less.
      await new Promise((resolve) => setTimeout(resolve, deleteDelayMs));
      await deleteRows(pool, seqs);
      return seqs.map(() => true as const);
    },
  });
  // A row whose deletion failed is claimed again when its lease has ended, recognised, and deleted then.
  const remove = (seq: string) => void deletes.submit(seq).catch(reportError);

  function accept(rows: readonly HeldRow[]): void {
    queue.offer(rows).forEach(remove);
    if (queue.blocked().size > 0) background.wake();
    pump();
  }

  function settle(row: HeldRow, outcome: 'published' | Error | undefined): boolean {
    inFlight -= 1;
    if (outcome === 'published') {
      queue.published(row);
      remove(row.seq);
      return true;
    }
    const failures = queue.failed(row);
    reportError(outcome ?? new Error(`publish gave no outcome for ${row.id}`));
    const timer = setTimeout(
      () => {
        retries.delete(timer);
        queue.retry(row.key);
        pump();
      },
      Math.min(retryMs * 2 ** (failures - 1), longestRetryMs),
    );
    retries.add(timer);
    return false;
  }

  async function send(topic: string, rows: readonly HeldRow[]): Promise<void> {
    const span = startSendSpan(
      topic,
      rows.map(({ traceparent }) => traceparent),
    );
    let outcomes: readonly ('published' | Error)[];
    try {
      outcomes = await inSpan(span, async () => {
        const told = await publish(rows.map(({ seq: _seq, earlierSeq: _earlier, ...record }) => record));
        const error = told.find((outcome) => outcome !== 'published');
        if (error !== undefined) markFailed(span, error);
        return told;
      });
    } catch (error) {
      outcomes = rows.map(() => (error instanceof Error ? error : new Error(String(error))));
    }
    const now = store.now().getTime();
    const published = rows.filter((row, index) => settle(row, outcomes[index]));
    const failed = rows.filter((row) => !published.includes(row));
    hooks?.onPublish?.({
      topic,
      failed: failed.length,
      delaysSeconds: published.map(({ createdAt }) => Math.max(0, now - createdAt.getTime()) / 1000),
    });
    if (failed.length > 0)
      await countAttempts(
        pool,
        failed.map(({ seq }) => seq),
      ).catch(reportError);
  }

  function pump(): void {
    if (!running) return;
    for (const rows of queue.take(maxInFlight - inFlight, maxBatch)) {
      inFlight += rows.length;
      const call = send(rows[0]?.topic ?? '', rows).finally(() => {
        calls.delete(call);
        pump();
      });
      calls.add(call);
    }
  }

  async function claim(): Promise<void> {
    while (running) {
      const limit = Math.min(1000, maxHeld - queue.size());
      if (limit <= 0) return;
      const rows = await claimRows(pool, { owner, leaseMs, limit, reclaim });
      accept(rows);
      if (rows.length < limit) break;
    }
    reclaim = false;
  }

  async function renew(): Promise<void> {
    const seqs = queue.heldSeqs();
    if (seqs.length === 0) return;
    const kept = await renewLeases(pool, owner, seqs, leaseMs);
    queue.forget(new Set(seqs.filter((seq) => !kept.has(seq))));
  }

  async function unblock(): Promise<void> {
    const blocked = queue.blocked();
    if (blocked.size === 0) return;
    queue.resolve(await firstPending(pool, [...blocked.keys()]));
    pump();
  }

  async function round(): Promise<number> {
    const now = performance.now();
    if (now - renewedAt >= leaseMs / 3) {
      renewedAt = now;
      await renew();
    }
    if (now - claimedAt >= pollMs) {
      claimedAt = now;
      await claim();
    }
    await unblock();
    return queue.blocked().size > 0 ? blockedPollMs : Math.min(pollMs, leaseMs / 3);
  }

  const background = createBackground({ round, retryMs: pollMs, reportError });

  return {
    async start() {
      running = true;
      reclaim = true;
      const unlease = store.leaseOutboxTo({ owner, milliseconds: leaseMs });
      const unlisten = store.onCommit(({ outbox }) => {
        if (outbox.length > 0 && queue.size() < maxHeld) accept(outbox);
      });
      detach = () => {
        unlisten();
        unlease();
      };
      await claim();
      background.start();
    },
    async stop() {
      if (!running) return;
      running = false;
      detach();
      await background.stop();
      for (const timer of retries) clearTimeout(timer);
      await Promise.all(calls);
      await deletes.drain();
      queue.forget(new Set(queue.heldSeqs()));
      await releaseLeases(pool, owner);
    },
    depth: () => readDepth(pool, store.now()),
  };
}
