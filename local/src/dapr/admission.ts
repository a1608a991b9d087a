/** Gives an instance its name while it can be called, and takes it away while it cannot. */
import type { Logger } from '@ecommercestack/kit';
import { untilReady } from './ready.ts';

export interface Admission {
  /** A process of it has ended or was started: whether it can be called is found out anew. */
  readonly review: () => void;
  /** From now on nothing is changed. */
  close(): void;
}

export interface AdmissionOptions {
  /** All of them answer while the instance can be called. */
  readonly urls: readonly string[];
  readonly admit: () => void;
  readonly withdraw: () => void;
  readonly logger: Logger;
}

export function createAdmission({ urls, admit, withdraw, logger }: AdmissionOptions): Admission {
  let review = new AbortController();
  let closed = false;

  async function admitWhenReady(signal: AbortSignal): Promise<void> {
    withdraw();
    const answers = await Promise.all(urls.map((url) => untilReady(url, signal)));
    if (answers.every(Boolean) && !signal.aborted) admit();
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
