/**
 * The longest LOAD_SECONDS. workerd drops what a request has started 30 seconds after its client has
 * gone, so a longer load could not end.
 */
export const LONGEST_LOAD_SECONDS = 30;

/**
 * Runs a task that ends after `ms` at the latest. Its signal is aborted when the time is up, and also when
 * the task fails, so that transfers it has begun end with it.
 *
 * @param discard takes a result that comes too late
 * @throws Error after `ms`, or what the task throws
 */
export function withinTime<T>(
  ms: number,
  task: (signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void = () => undefined,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown) => {
      clearTimeout(timer);
      const error = reason instanceof Error ? reason : new Error(String(reason));
      controller.abort(error);
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`R2 has not delivered it within ${ms / 1000} s`)),
      ms,
    );
    task(signal).then((result) => {
      clearTimeout(timer);
      if (signal.aborted) discard(result);
      else resolve(result);
    }, fail);
  });
}
