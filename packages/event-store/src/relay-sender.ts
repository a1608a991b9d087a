/** Publishes what a relay's queue lets go, and what becomes of it. */
import type { RelayHooks } from './relay.ts';
import type { HeldRow, RelayQueue } from './relay-queue.ts';
import { inSpan, markFailed, startSendSpan } from './tracing.ts';
import type { OutboxRecord } from './types.ts';

export type Publish = (records: readonly OutboxRecord[]) => Promise<readonly ('published' | Error)[]>;

export interface SenderOptions {
  readonly queue: RelayQueue;
  readonly publish: Publish;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  readonly retryMs: number;
  readonly now: () => Date;
  readonly reportError: (error: unknown) => void;
  readonly hooks: RelayHooks | undefined;
  readonly onPublished: (row: HeldRow) => void;
  readonly onFailed: (rows: readonly HeldRow[]) => Promise<void>;
  /** False while the rows in memory may belong to somebody else by now. */
  readonly isLeaseValid: () => boolean;
}

export interface Sender {
  readonly start: () => void;
  /** Starts as many publish calls as there is work and room for. */
  readonly pump: () => void;
  /** Resolves when the calls in flight have ended; no new ones start. */
  readonly stop: () => Promise<void>;
}

const longestRetryMs = 30_000;

async function publishAll(
  publish: Publish,
  topic: string,
  rows: readonly HeldRow[],
): Promise<readonly ('published' | Error | undefined)[]> {
  const span = startSendSpan(
    topic,
    rows.map(({ traceparent }) => traceparent),
  );
  try {
    return await inSpan(span, async () => {
      const records = rows.map(({ seq: _seq, earlierSeq: _earlierSeq, ...record }) => record);
      const outcomes = await publish(records);
      const error = outcomes.find((outcome) => outcome !== 'published');
      if (error !== undefined) markFailed(span, error);
      return outcomes;
    });
  } catch (error) {
    return rows.map(() => (error instanceof Error ? error : new Error(String(error))));
  }
}

export function createSender(options: SenderOptions): Sender {
  const { queue, publish, maxBatch, maxInFlight, retryMs, now, reportError, hooks } = options;
  const retries = new Set<NodeJS.Timeout>();
  const calls = new Set<Promise<void>>();
  let running = false;

  function retryLater(row: HeldRow, failures: number): void {
    const pause = Math.min(retryMs * 2 ** (failures - 1), longestRetryMs);
    const timer = setTimeout(() => {
      retries.delete(timer);
      queue.retry(row.key);
      pump();
    }, pause);
    retries.add(timer);
  }

  async function send(topic: string, rows: readonly HeldRow[]): Promise<void> {
    const outcomes = await publishAll(publish, topic, rows);
    const published: HeldRow[] = [];
    const failed: HeldRow[] = [];
    rows.forEach((row, index) => {
      const outcome = outcomes[index] ?? new Error(`publish gave no outcome for message ${row.id}`);
      if (outcome === 'published') {
        queue.published(row);
        published.push(row);
        options.onPublished(row);
      } else {
        failed.push(row);
        reportError(outcome);
        retryLater(row, queue.failed(row));
      }
    });
    const at = now().getTime();
    hooks?.onPublish?.({
      topic,
      failed: failed.length,
      delaysSeconds: published.map(({ createdAt }) => Math.max(0, at - createdAt.getTime()) / 1000),
    });
    if (failed.length > 0) await options.onFailed(failed).catch(reportError);
  }

  function pump(): void {
    if (!running || !options.isLeaseValid()) return;
    for (const rows of queue.take(maxInFlight, maxBatch)) {
      const call = send(rows[0]?.topic ?? '', rows).finally(() => {
        calls.delete(call);
        pump();
      });
      calls.add(call);
    }
  }

  return {
    start() {
      running = true;
    },
    pump,
    async stop() {
      running = false;
      for (const timer of retries) clearTimeout(timer);
      retries.clear();
      await Promise.all(calls);
    },
  };
}
