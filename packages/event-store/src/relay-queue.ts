/** What a relay holds in memory: per key a queue in the order of the outbox, of which only the head may leave. */
import type { OutboxRecord } from './types.ts';

export interface HeldRow extends OutboxRecord {
  readonly seq: string;
  readonly earlierSeq: string | undefined;
}

interface KeyQueue {
  readonly key: string;
  /** Ascending by seq. */
  readonly rows: HeldRow[];
  inFlight: boolean;
  /** The head that the table has confirmed to be the first pending row of the key. */
  confirmed: string | undefined;
  /** Failed publishes of the head, and whether it waits to be tried again. */
  failures: number;
  backingOff: boolean;
}

export interface RelayQueue {
  readonly size: () => number;
  /** Accepts rows committed or claimed; rows it has already are ignored. Returns those published but not deleted. */
  readonly offer: (rows: readonly HeldRow[]) => readonly string[];
  /** Takes heads of different keys, at most `limit` in all, grouped by topic in groups of at most `maxBatch`. */
  readonly take: (limit: number, maxBatch: number) => HeldRow[][];
  readonly published: (row: HeldRow) => void;
  /** Returns how often the head has failed; the key rests until `retry`. */
  readonly failed: (row: HeldRow) => number;
  readonly retry: (key: string) => void;
  /** Keys that wait for the table to be asked, with the seq of their head. */
  readonly blocked: () => ReadonlyMap<string, string>;
  readonly isBlocked: () => boolean;
  /** Takes the answer for `blocked`: the first pending row of each key. A head that is first may go, one that is gone is dropped. */
  readonly resolve: (asked: ReadonlyMap<string, string>, first: ReadonlyMap<string, string>) => void;
  readonly heldSeqs: () => string[];
  /** Forgets rows that now belong to another relay. */
  readonly forget: (seqs: ReadonlySet<string>) => void;
}

/** Published rows are remembered for a while, since a transaction may have seen them just before their deletion. */
const rememberedSeqs = 20_000;

function insertInOrder(rows: HeldRow[], row: HeldRow): void {
  const seq = BigInt(row.seq);
  let index = rows.length;
  while (index > 0 && BigInt(rows[index - 1]?.seq ?? 0) > seq) index -= 1;
  rows.splice(index, 0, row);
}

export function createRelayQueue(): RelayQueue {
  const queues = new Map<string, KeyQueue>();
  const held = new Map<string, HeldRow>();
  const ready = new Set<string>();
  const blocked = new Set<string>();
  const done = new Set<string>();

  function queueOf(key: string): KeyQueue {
    const existing = queues.get(key);
    if (existing !== undefined) return existing;
    const created = { key, rows: [], inFlight: false, confirmed: undefined, failures: 0, backingOff: false };
    queues.set(key, created);
    return created;
  }

  /** Whether nothing of the key is pending before its head, as far as is known here. */
  function mayLeave({ confirmed }: KeyQueue, { seq, earlierSeq }: HeldRow): boolean {
    return earlierSeq === undefined || done.has(earlierSeq) || confirmed === seq;
  }

  function update(queue: KeyQueue): void {
    const [head] = queue.rows;
    if (head === undefined) {
      queues.delete(queue.key);
      blocked.delete(queue.key);
      ready.delete(queue.key);
      return;
    }
    const isResting = queue.inFlight || queue.backingOff;
    if (!isResting && mayLeave(queue, head)) ready.add(queue.key);
    else ready.delete(queue.key);
    if (!isResting && !mayLeave(queue, head)) blocked.add(queue.key);
    else blocked.delete(queue.key);
  }

  function remove(row: HeldRow): KeyQueue {
    const queue = queueOf(row.key);
    const index = queue.rows.indexOf(row);
    if (index >= 0) queue.rows.splice(index, 1);
    held.delete(row.seq);
    return queue;
  }

  function remember(seq: string): void {
    done.add(seq);
    for (const oldest of done) {
      if (done.size <= rememberedSeqs) break;
      done.delete(oldest);
    }
  }

  function add(row: HeldRow): void {
    const queue = queueOf(row.key);
    held.set(row.seq, row);
    insertInOrder(queue.rows, row);
    update(queue);
  }

  return {
    size: () => held.size,
    offer(rows) {
      for (const row of rows) if (!held.has(row.seq) && !done.has(row.seq)) add(row);
      return rows.flatMap(({ seq }) => (done.has(seq) ? [seq] : []));
    },
    take(limit, maxBatch) {
      const groups: HeldRow[][] = [];
      const open = new Map<string, HeldRow[]>();
      let room = limit;
      for (const key of ready) {
        const queue = queues.get(key);
        const row = queue?.rows[0];
        if (queue === undefined || row === undefined) continue;
        if (room-- <= 0) break;
        let group = open.get(row.topic);
        if (group === undefined || group.length >= maxBatch) {
          group = [];
          open.set(row.topic, group);
          groups.push(group);
        }
        group.push(row);
        queue.inFlight = true;
        update(queue);
      }
      return groups;
    },
    published(row) {
      const queue = remove(row);
      remember(row.seq);
      queue.inFlight = false;
      queue.failures = 0;
      update(queue);
    },
    failed(row) {
      const queue = queueOf(row.key);
      queue.inFlight = false;
      queue.backingOff = true;
      queue.failures += 1;
      update(queue);
      return queue.failures;
    },
    retry(key) {
      const queue = queues.get(key);
      if (queue === undefined) return;
      queue.backingOff = false;
      update(queue);
    },
    blocked: () => new Map([...blocked].map((key) => [key, queues.get(key)?.rows[0]?.seq ?? ''])),
    isBlocked: () => blocked.size > 0,
    resolve(asked, first) {
      for (const [key, seq] of asked) {
        const queue = queues.get(key);
        const head = queue?.rows[0];
        if (queue === undefined || head?.seq !== seq || queue.inFlight) continue;
        const firstSeq = first.get(key);
        if (firstSeq === undefined || BigInt(firstSeq) > BigInt(seq)) remove(head);
        else if (firstSeq === seq) queue.confirmed = seq;
        update(queue);
      }
    },
    heldSeqs: () => [...held.keys()],
    forget(seqs) {
      for (const seq of seqs) {
        const row = held.get(seq);
        const queue = row === undefined ? undefined : queues.get(row.key);
        if (row === undefined || queue === undefined || (queue.inFlight && queue.rows[0] === row)) continue;
        update(remove(row));
      }
    },
  };
}
