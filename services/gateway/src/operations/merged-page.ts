/** One page out of the lists of several services, newest first; at one time by service, then by id. */
import type { MessageReader } from '@ecommercestack/contracts';
import { decodeCursor, toPage } from '@ecommercestack/kit';

export interface Entry {
  readonly service: MessageReader;
  /** Decimal. */
  readonly id: string;
}

/** Where a service's list goes on. */
export interface ServicePlace {
  readonly time: string;
  readonly id: string;
}

const FORM = /^([a-z]{1,30}):([0-9]{1,19})$/;
const BEFORE_ALL = '9223372036854775807';
const AFTER_ALL = '0';

/** Undefined for a cursor that is not ours. */
export function placesAfter(cursor: string): ((service: MessageReader) => ServicePlace) | undefined {
  const place = decodeCursor(cursor, FORM);
  const [, last, id] = FORM.exec(place?.id ?? '') ?? [];
  if (place === undefined || last === undefined || id === undefined) return undefined;
  const time = place.time.toISOString();
  return (service) => {
    if (service === last) return { time, id };
    return { time, id: service < last ? AFTER_ALL : BEFORE_ALL };
  };
}

/** Each service must have given `limit + 1` entries, if it has as many. */
export function mergePage<T extends Entry>(
  lists: readonly (readonly T[])[],
  limit: number,
  timeOf: (entry: T) => string,
): { readonly items: T[]; readonly nextCursor?: string } {
  const merged = lists.flat().toSorted((a, b) => {
    const byTime = Date.parse(timeOf(b)) - Date.parse(timeOf(a));
    if (byTime !== 0) return byTime;
    if (a.service !== b.service) return a.service < b.service ? -1 : 1;
    return Number(BigInt(b.id) - BigInt(a.id));
  });
  return toPage(merged, limit, (entry) => ({
    time: new Date(timeOf(entry)),
    id: `${entry.service}:${entry.id}`,
  }));
}
