/** Keeps the list of processes in `access.json` as they come and go. */
import type { Logger } from '@ecommercestack/kit';
import { writeAccess, type Access, type ProcessEntry } from '../access.ts';

export interface ProcessList {
  /** Writes the file for the first time; from now on `changed` writes it again. */
  open(access: Access, processes: () => readonly ProcessEntry[]): Promise<void>;
  readonly changed: () => void;
  /** Resolves when the last change is written. */
  close(): Promise<void>;
}

export function createProcessList(path: string, logger: Logger): ProcessList {
  let write: (() => Promise<void>) | undefined;
  let running = Promise.resolve();
  return {
    open: async (access, processes) => {
      write = () => writeAccess(path, { ...access, processes: processes() });
      await write();
    },
    changed: () => {
      if (write === undefined) return;
      running = running.then(write).catch((error: unknown) => {
        logger.error({ error, path }, 'the list of processes could not be written');
      });
    },
    close: async () => {
      write = undefined;
      await running;
    },
  };
}
