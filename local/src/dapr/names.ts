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
/** Those who may be found, whether they are there or not. */
const ADMITTED = 'CREATE TABLE IF NOT EXISTS admitted (address TEXT PRIMARY KEY);';

export function openNames(file: string): Names {
  const change = (work: (names: DatabaseSync) => void): void => {
    const names = new DatabaseSync(file, { timeout: 2_000 });
    try {
      work(names);
    } finally {
      names.close();
    }
  };
  const rename = (names: DatabaseSync, address: string, appId: string): void => {
    names.prepare('UPDATE hosts SET app_id = ? WHERE address = ?').run(appId, address);
  };
  return {
    // A sidecar that follows an edit of its files writes itself anew; nothing has happened to its app.
    guard: () =>
      change((names) =>
        names.exec(`${ADMITTED}
          CREATE TRIGGER IF NOT EXISTS hide_newcomers AFTER INSERT ON hosts
          WHEN NOT EXISTS (SELECT 1 FROM admitted WHERE address = NEW.address) BEGIN
            UPDATE hosts SET app_id = NEW.app_id || '${HIDDEN}' WHERE address = NEW.address;
          END`),
      ),
    admit: (port, appId) =>
      change((names) => {
        names.exec(ADMITTED);
        names.prepare('INSERT OR IGNORE INTO admitted (address) VALUES (?)').run(addressOf(port));
        rename(names, addressOf(port), appId);
      }),
    withdraw: (port, appId) =>
      change((names) => {
        names.exec(ADMITTED);
        names.prepare('DELETE FROM admitted WHERE address = ?').run(addressOf(port));
        rename(names, addressOf(port), appId + HIDDEN);
      }),
  };
}

function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}
