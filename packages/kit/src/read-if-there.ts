import { readFile } from 'node:fs/promises';

/** Undefined only where there is no such file: one that cannot be read must not be taken for missing. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
