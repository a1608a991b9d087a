/**
 * The items of `source` until it ends or the signal aborts. A source that is waiting then is told to return
 * and not waited for: it may be blocked on something that never comes.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const next = await nextOrAborted(iterator, signal);
      if (next === undefined) return;
      finished = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    finished = true;
    throw error;
  } finally {
    // Whoever listened has left, so a failing clean-up of the source has nobody to be reported to.
    if (!finished) iterator.return?.().catch(() => undefined);
  }
}

/** A promise per step: racing one that lives as long as the stream would keep every item alive. */
async function nextOrAborted<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal,
): Promise<IteratorResult<T> | undefined> {
  if (signal.aborted) return undefined;
  const aborted = Promise.withResolvers<undefined>();
  const leave = () => aborted.resolve(undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([iterator.next(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
