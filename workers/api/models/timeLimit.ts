/**
 * The maximum of LOAD_SECONDS. workerd drops the work of a request 30 seconds after its client has gone, so a
 * longer load could not end.
 */
export const LONGEST_LOAD_SECONDS = 30;

/**
 * Runs a task for at most `ms` milliseconds. Its signal is aborted when the time is up or the task fails, so
 * that its transfers end, too.
 *
 * @param discard receives a result that comes too late
 * @throws Error after `ms`, or the error of the task
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
