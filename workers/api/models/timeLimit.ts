/**
 * What a task gives, if it does so in time. What comes later is handed to `discard`.
 *
 * @throws Error after `ms`
 */
export function withinTime<T>(
  ms: number,
  task: Promise<T>,
  discard: (late: T) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      reject(new Error(`R2 has not delivered it within ${ms / 1000} s`));
    }, ms);
    task.then(
      (result) => {
        clearTimeout(timer);
        if (over) discard(result);
        else resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
