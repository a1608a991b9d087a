/** The file in which the sidecars look each other up. */
import { DatabaseSync } from 'node:sqlite';

/**
 * No new call finds the sidecar any more; those under way are not touched. The row stays under another name, because
 * a sidecar that misses its own row takes itself for lost and ends at once.
 */
export function withdrawName(file: string, internalPort: number): void {
  const names = new DatabaseSync(file, { timeout: 2_000 });
  try {
    names
      .prepare(`UPDATE hosts SET app_id = app_id || '-leaving' WHERE address = ?`)
      .run(`127.0.0.1:${internalPort}`);
  } finally {
    names.close();
  }
}
