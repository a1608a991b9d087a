/** Pages of a list, newest first, by keyset: a page begins after the last row of the one before. */

/** A row's place in a list. */
export interface Place {
  readonly time: Date;
  /** Printable ASCII without spaces, at most 200 characters. */
  readonly id: string;
}

const FORM = /^(\d{1,15}) ([\x21-\x7e]{1,200})$/;
const LATEST_DATE = 8_640_000_000_000_000;

/** Opaque to clients. */
export function encodeCursor({ time, id }: Place): string {
  return Buffer.from(`${time.getTime()} ${id}`).toString('base64url');
}

/** Undefined for what `encodeCursor` has not made, and for an id that is not of the form that a query needs. */
export function decodeCursor(cursor: string, idForm?: RegExp): Place | undefined {
  const [, time, id] = FORM.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (id === undefined || Number(time) > LATEST_DATE || idForm?.test(id) === false) return undefined;
  return { time: new Date(Number(time)), id };
}

/** Cuts a list that was read one row longer than asked for, which tells whether there is a next page. */
export function toPage<T>(
  found: readonly T[],
  limit: number,
  placeOf: (item: T) => Place,
): { readonly items: T[]; readonly nextCursor?: string } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items };
  return { items, nextCursor: encodeCursor(placeOf(last)) };
}
