import { watch } from 'node:fs';

/**
 * Tells of changes in a folder as far as the system can, with the name of what has changed where it says that. `failed` is
 * told once it cannot, be it from the start: the limit of watches is shared with others. The caller polls as well.
 */
export function watchFolder(
  folder: string,
  changed: (name: string | null) => void,
  failed: (error: unknown) => void,
): { readonly close: () => void } {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => changed(name));
    watcher.on('error', failed);
    return watcher;
  } catch (error) {
    failed(error);
    return { close: () => undefined };
  }
}
