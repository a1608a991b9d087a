import type { ServerResponse } from 'node:http';

/** Aborts when the caller leaves, and where `stopping` does: nobody waits for the answer then. */
export function requestSignal(res: ServerResponse, stopping?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  stopping?.addEventListener('abort', abort, { once: true });
  res.once('close', () => {
    stopping?.removeEventListener('abort', abort);
    abort();
  });
  if (stopping?.aborted === true || res.destroyed) abort();
  return controller.signal;
}
