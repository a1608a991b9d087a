import type { ServerResponse } from 'node:http';

/** Aborts when the caller leaves before it has its answer, and where `stopping` does: nobody waits for it then. */
export function requestSignal(res: ServerResponse, stopping?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  stopping?.addEventListener('abort', abort, { once: true });
  res.once('close', () => {
    stopping?.removeEventListener('abort', abort);
    // An abort of what is done tells nobody anything, and its reason costs more than the rest of this.
    if (!res.writableFinished) abort();
  });
  if (stopping?.aborted === true || res.destroyed) abort();
  return controller.signal;
}
