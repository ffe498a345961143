/**
 * Does work for each of a source's values, several at a time. After a failure, or when aborted, what is under way is
 * finished and nothing more begins.
 *
 * @throws the first failure
 */
export async function inParallel<T>(
  source: Iterator<T> | AsyncIterator<T>,
  concurrency: number,
  signal: AbortSignal,
  work: (value: T) => Promise<void>,
): Promise<void> {
  let isOver = false;
  const worker = async () => {
    try {
      while (!isOver && !signal.aborted) {
        const next = await source.next();
        if (next.done) return;
        if (!isOver && !signal.aborted) await work(next.value);
      }
    } finally {
      // When the source is at its end, too.
      isOver = true;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
