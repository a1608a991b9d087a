/** Ids of events and messages. */
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES_PER_ID = 16;
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;

/** Asking the system for every id costs more than all the rest of it. */
function pooledBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES_PER_ID;
  return pool.slice(used - BYTES_PER_ID, used);
}

/** UUIDv7: ordered by time, so that new rows lie together in an index. */
export function newId(): string {
  return v7({ rng: pooledBytes });
}
