/**
 * The file in which the sidecars look each other up. A sidecar writes itself into it as soon as it starts, long before
 * its app can answer; here only those instances keep their name that can be called, as behind a Kubernetes Service.
 */
import { DatabaseSync } from 'node:sqlite';

export interface Names {
  /** From now on a sidecar that comes is not found until it is admitted. Before the first sidecar has started: throws. */
  guard(): void;
  /** By the internal port of the sidecar. */
  admit(port: number, appId: string): void;
  /** No new call finds it; those under way are not touched. */
  withdraw(port: number, appId: string): void;
}

/** The row itself stays: a sidecar that misses its own takes itself for lost and ends at once. */
const HIDDEN = '-not-ready';

export function openNames(file: string): Names {
  const change = (work: (names: DatabaseSync) => void): void => {
    const names = new DatabaseSync(file, { timeout: 2_000 });
    try {
      work(names);
    } finally {
      names.close();
    }
  };
  const rename = (port: number, appId: string): void =>
    change((names) => {
      names.prepare('UPDATE hosts SET app_id = ? WHERE address = ?').run(appId, `127.0.0.1:${port}`);
    });
  return {
    guard: () =>
      change((names) =>
        names.exec(`
          CREATE TRIGGER IF NOT EXISTS hide_newcomers AFTER INSERT ON hosts BEGIN
            UPDATE hosts SET app_id = NEW.app_id || '${HIDDEN}' WHERE address = NEW.address;
          END`),
      ),
    admit: rename,
    withdraw: (port, appId) => rename(port, appId + HIDDEN),
  };
}
