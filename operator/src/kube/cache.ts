/** The newest that is known of the objects of one kind, from lists, watches and the answers to our own writes. */

/** Resource versions are numbers that only grow, as every API server writes them. */
export type ResourceVersion = number;

export interface Entry<T> {
  /** `namespace/name` */
  readonly id: string;
  readonly version: ResourceVersion;
  /** What it belongs to; entries can be looked up by it. */
  readonly group: string | undefined;
  readonly value: T;
}

export interface Cache<T> {
  get(id: string): T | undefined;
  inGroup(group: string): readonly T[];
  values(): Iterable<T>;
  readonly size: number;
  /** A complete list; what it lacks is gone, unless it is newer than the list. */
  replace(entries: Iterable<Entry<T>>, listed: ResourceVersion): void;
  /** As a watch tells it. */
  put(entry: Entry<T>): void;
  /** An answer to a write: of use only until the watch has told the same. */
  putOwn(entry: Entry<T>): void;
  remove(id: string, version: ResourceVersion): void;
  /** A watch has told everything up to here. */
  reached(version: ResourceVersion): void;
  /** The kind is not served any more. */
  clear(): void;
}

export type OnChange<T> = (before: Entry<T> | undefined, after: Entry<T> | undefined) => void;

export function createCache<T>(onChange: OnChange<T>): Cache<T> {
  const entries = new Map<string, Entry<T>>();
  const groups = createGroups();
  let seen: ResourceVersion = 0;

  const store = (entry: Entry<T>): void => {
    const before = entries.get(entry.id);
    if (before !== undefined && before.version >= entry.version) return;
    if (before !== undefined) groups.remove(before);
    entries.set(entry.id, entry);
    groups.add(entry);
    onChange(before, entry);
  };
  const drop = (entry: Entry<T>): void => {
    groups.remove(entry);
    entries.delete(entry.id);
    onChange(entry, undefined);
  };
  const reached = (version: ResourceVersion): void => {
    seen = Math.max(seen, version);
  };

  return {
    get: (id) => entries.get(id)?.value,
    inGroup: (group) => groups.of(group).flatMap((id) => entries.get(id)?.value ?? []),
    *values() {
      for (const { value } of entries.values()) yield value;
    },
    get size() {
      return entries.size;
    },
    replace: (list, listed) => {
      // Versions that go back: the cluster was restored from a copy, and nothing that we know is true any more.
      const isRestored = listed < seen;
      if (isRestored) seen = 0;
      const found = new Set<string>();
      for (const entry of list) {
        found.add(entry.id);
        const before = entries.get(entry.id);
        if (isRestored && before !== undefined && before.version > entry.version) drop(before);
        store(entry);
      }
      for (const entry of entries.values())
        if (!found.has(entry.id) && (isRestored || entry.version <= listed)) drop(entry);
      reached(listed);
    },
    put: (entry) => {
      store(entry);
      reached(entry.version);
    },
    putOwn: (entry) => {
      // What the watch has told already may have been followed by its deletion.
      if (entry.version > seen) store(entry);
    },
    remove: (id, version) => {
      const before = entries.get(id);
      if (before !== undefined && before.version <= version) drop(before);
      reached(version);
    },
    reached,
    clear: () => {
      for (const entry of entries.values()) drop(entry);
    },
  };
}

type Member = Pick<Entry<unknown>, 'id' | 'group'>;

function createGroups() {
  const groups = new Map<string, Set<string>>();
  return {
    of: (group: string): readonly string[] => [...(groups.get(group) ?? [])],
    add: ({ id, group }: Member): void => {
      if (group !== undefined) groups.set(group, (groups.get(group) ?? new Set()).add(id));
    },
    remove: ({ id, group }: Member): void => {
      const members = group === undefined ? undefined : groups.get(group);
      members?.delete(id);
      if (group !== undefined && members?.size === 0) groups.delete(group);
    },
  };
}
