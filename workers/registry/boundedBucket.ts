import { HttpError } from "../http/errors.ts";

/** How long an answer of R2 is waited for. It usually takes less than a second. */
export const LONGEST_WAIT_MS = 30_000;

/**
 * Waits for an answer of R2, but not for ever: a request that hangs would hold up all that wait for their turn behind it.
 *
 * @throws HttpError 503 storage_unavailable
 */
export async function bounded<T>(answer: T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const problem = `R2 did not answer for ${LONGEST_WAIT_MS / 1000} seconds; try again`;
      reject(new HttpError("storage_unavailable", problem));
    }, LONGEST_WAIT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long a stream takes is up to its sender, who gives up by itself. */
const isStream = (value: unknown) => value instanceof ReadableStream;

/** Whether a method returns something with methods of its own, at once. */
const isImmediate = (name: string | symbol) => name === "resumeMultipartUpload";

/** A bucket, or an upload to it, whose answers are not waited for for ever. */
export function boundedBucket<T extends object>(target: T): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || isImmediate(name)) return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const answer = Reflect.apply(value, target, args) as Promise<unknown>;
        if (args.some(isStream)) return answer;
        const given = await bounded(answer);
        return name === "createMultipartUpload" ? boundedBucket(given as object) : given;
      };
    },
  });
}
