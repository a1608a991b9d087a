/** What a relay holds in memory: per key a queue in the order of the outbox, of which only the head may leave. */
import { createRecentMap } from './recent-map.ts';
import type { QueuedMessage } from './types.ts';

export type HeldRow = QueuedMessage;

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
  /** The topic of the head while it may leave. */
  readyFor: string | undefined;
}

/** Published rows are remembered for a while, since a transaction may have seen them just before their deletion. */
const rememberedSeqs = 20_000;

class Counts {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string, more: number): void {
    this.#counts.set(name, this.of(name) + more);
  }

  /** The names that count at least so much. */
  reaching(count: number): string[] {
    return [...this.#counts].filter(([, counted]) => counted >= count).map(([name]) => name);
  }
}

function insertInOrder(rows: HeldRow[], row: HeldRow): void {
  const seq = BigInt(row.seq);
  let index = rows.length;
  while (index > 0 && BigInt(rows[index - 1]?.seq ?? 0) > seq) index -= 1;
  rows.splice(index, 0, row);
}

export class RelayQueue {
  readonly #queues = new Map<string, KeyQueue>();
  readonly #held = new Map<string, HeldRow>();
  /** Keys whose head may leave, by its topic, and keys whose head waits until the table was asked. */
  readonly #ready = new Map<string, Set<string>>();
  readonly #blocked = new Set<string>();
  readonly #done = createRecentMap<true>(rememberedSeqs);
  readonly #heldOf = new Counts();
  readonly #inFlightOf = new Counts();

  get size(): number {
    return this.#held.size;
  }

  /** The topics of which at least so many rows are held. */
  topicsWith(rows: number): string[] {
    return this.#heldOf.reaching(rows);
  }

  get isBlocked(): boolean {
    return this.#blocked.size > 0;
  }

  /** Accepts rows committed or claimed; rows held already are ignored. Returns those published but not deleted. */
  offer(rows: readonly HeldRow[]): readonly string[] {
    const published: string[] = [];
    for (const row of rows) {
      if (this.#done.get(row.seq)) published.push(row.seq);
      else if (!this.#held.has(row.seq)) this.#add(row);
    }
    return published;
  }

  /**
   * Takes heads of different keys, in groups of one topic and at most `maxBatch`. At most `maxInFlight` of a topic are
   * out at a time, so that one that is stuck holds up no other.
   */
  take(maxInFlight: number, maxBatch: number): HeldRow[][] {
    const groups: HeldRow[][] = [];
    for (const [topic, ready] of this.#ready) {
      const taken: HeldRow[] = [];
      for (const key of ready) {
        const queue = this.#queues.get(key);
        const row = queue?.rows[0];
        if (queue === undefined || row === undefined) continue;
        if (this.#inFlightOf.of(topic) >= maxInFlight) break;
        this.#inFlightOf.add(topic, 1);
        taken.push(row);
        queue.inFlight = true;
        this.#update(queue);
      }
      for (let from = 0; from < taken.length; from += maxBatch)
        groups.push(taken.slice(from, from + maxBatch));
    }
    return groups;
  }

  published(row: HeldRow): void {
    this.#inFlightOf.add(row.topic, -1);
    const queue = this.#remove(row);
    this.#done.set(row.seq, true);
    if (queue === undefined) return;
    queue.inFlight = false;
    queue.failures = 0;
    this.#update(queue);
  }

  /** Returns how often the head has failed; the key rests until `retry`. */
  failed(row: HeldRow): number {
    this.#inFlightOf.add(row.topic, -1);
    const queue = this.#queues.get(row.key);
    if (queue === undefined) return 1;
    queue.inFlight = false;
    queue.backingOff = true;
    queue.failures += 1;
    this.#update(queue);
    return queue.failures;
  }

  retry(key: string): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) return;
    queue.backingOff = false;
    this.#update(queue);
  }

  /** Keys that wait for the table to be asked, with the seq of their head. */
  blocked(): ReadonlyMap<string, string> {
    return new Map([...this.#blocked].map((key) => [key, this.#queues.get(key)?.rows[0]?.seq ?? '']));
  }

  /** Takes the answer: the first pending row of each key. A head that is first may go, one that is gone is dropped. */
  resolve(asked: ReadonlyMap<string, string>, first: ReadonlyMap<string, string>): void {
    for (const [key, seq] of asked) {
      const queue = this.#queues.get(key);
      const head = queue?.rows[0];
      if (queue === undefined || head?.seq !== seq || queue.inFlight) continue;
      const firstSeq = first.get(key);
      if (firstSeq === undefined || BigInt(firstSeq) > BigInt(seq)) this.#remove(head);
      else if (firstSeq === seq) queue.confirmed = seq;
      this.#update(queue);
    }
  }

  heldSeqs(): string[] {
    return [...this.#held.keys()];
  }

  /** Forgets rows that now belong to another relay; one that is being published stays until that has ended. */
  forget(seqs: ReadonlySet<string>): void {
    for (const seq of seqs) {
      const row = this.#held.get(seq);
      const queue = row === undefined ? undefined : this.#queues.get(row.key);
      if (row === undefined || queue === undefined || (queue.inFlight && queue.rows[0] === row)) continue;
      this.#remove(row);
      this.#update(queue);
    }
  }

  #add(row: HeldRow): void {
    let queue = this.#queues.get(row.key);
    if (queue === undefined) {
      queue = {
        key: row.key,
        rows: [],
        inFlight: false,
        confirmed: undefined,
        failures: 0,
        backingOff: false,
        readyFor: undefined,
      };
      this.#queues.set(row.key, queue);
    }
    this.#held.set(row.seq, row);
    this.#heldOf.add(row.topic, 1);
    insertInOrder(queue.rows, row);
    this.#update(queue);
  }

  #remove(row: HeldRow): KeyQueue | undefined {
    if (this.#held.delete(row.seq)) this.#heldOf.add(row.topic, -1);
    const queue = this.#queues.get(row.key);
    const index = queue?.rows.indexOf(row) ?? -1;
    if (index >= 0) queue?.rows.splice(index, 1);
    return queue;
  }

  /** Whether nothing of the key is pending before its head, as far as is known here. */
  #mayLeave({ confirmed }: KeyQueue, { seq, earlierSeq }: HeldRow): boolean {
    return earlierSeq === undefined || this.#done.get(earlierSeq) === true || confirmed === seq;
  }

  #update(queue: KeyQueue): void {
    const [head] = queue.rows;
    if (queue.readyFor !== undefined) this.#ready.get(queue.readyFor)?.delete(queue.key);
    queue.readyFor = undefined;
    this.#blocked.delete(queue.key);
    if (head === undefined) this.#queues.delete(queue.key);
    else if (queue.inFlight || queue.backingOff) return;
    else if (this.#mayLeave(queue, head)) this.#makeReady(queue, head.topic);
    else this.#blocked.add(queue.key);
  }

  #makeReady(queue: KeyQueue, topic: string): void {
    queue.readyFor = topic;
    const ready = this.#ready.get(topic);
    if (ready === undefined) this.#ready.set(topic, new Set([queue.key]));
    else ready.add(queue.key);
  }
}
