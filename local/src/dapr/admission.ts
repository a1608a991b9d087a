/** Gives an instance its name while it can be called, and takes it away while it cannot. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@ecommercestack/kit';
import { untilReady } from './ready.ts';

export interface Admission {
  /** A process of it has ended or was started: whether it can be called is found out anew. */
  readonly review: () => void;
  /** From now on nothing is changed. */
  close(): void;
}

/**
 * A sidecar says that it is ready a moment before its first look at the health of its app, and until then refuses
 * calls. It looks at once; this is the time that it gives the app to answer.
 */
export const FIRST_LOOK_MS = 500;

export interface AdmissionOptions {
  /** All of them answer while the instance can be called. */
  readonly urls: readonly string[];
  readonly admit: () => void;
  readonly withdraw: () => void;
  readonly logger: Logger;
  /** Between ready and admitted. */
  readonly settleMs: number;
}

export function createAdmission({ urls, admit, withdraw, logger, settleMs }: AdmissionOptions): Admission {
  let review = new AbortController();
  let closed = false;

  async function admitWhenReady(signal: AbortSignal): Promise<void> {
    withdraw();
    const answers = await Promise.all(urls.map((url) => untilReady(url, signal)));
    if (!answers.every(Boolean)) return;
    await pause(settleMs);
    if (!signal.aborted) admit();
  }

  return {
    review: () => {
      if (closed) return;
      review.abort();
      review = new AbortController();
      admitWhenReady(review.signal).catch((error: unknown) => {
        logger.error({ error, urls }, 'an instance could not be admitted or withdrawn');
      });
    },
    close: () => {
      closed = true;
      review.abort();
    },
  };
}
