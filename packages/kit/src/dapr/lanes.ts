/** Which messages of a topic may travel together: those of one lane, which all go to the same partition. */

export interface Lanes {
  /** Of a message, by its key. */
  of(key: string): number;
  /** What the broker places the messages of a lane by. */
  partitionKey(lane: number): string;
}

/** A topic with `count` partitions has one lane in each; with another number of them, several or none. */
export function createLanes(count: number): Lanes {
  const keys = new Map<number, string>();
  for (let number = 0; keys.size < count; number += 1) {
    const lane = placeOf(String(number), count);
    if (!keys.has(lane)) keys.set(lane, String(number));
  }
  return { of: (key) => placeOf(key, count), partitionKey: (lane) => keys.get(lane) ?? '' };
}

/** As the sidecar's Kafka client does: FNV-1a over the bytes, taken for a signed number. */
function placeOf(key: string, partitions: number): number {
  let hash = 0x81_1c_9d_c5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  return Math.abs(hash % partitions);
}
