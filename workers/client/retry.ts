/** Statuses worth asking again for: too many requests, or no model right now. */
const PASSING = new Set([429, 503]);

const FIRST_WAIT_MS = 500;
/** If the API asks for a longer wait, the client returns the refusal. */
const LONGEST_WAIT_MS = 30_000;

/** Retry-After holds seconds or a date. Without it, each wait is about twice as long as the one before. */
function waitMs(retryAfter: string | null, attempt: number): number {
  const told = retryAfter === null ? NaN : 1000 * Number(retryAfter);
  if (told >= 0) return told;
  const until = Date.parse(retryAfter ?? "") - Date.now();
  if (!Number.isNaN(until)) return Math.max(0, until);
  // Clients that were refused at the same time should not come back at the same time.
  return FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

/** @throws the signal's reason, as soon as it is aborted */
function pause(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What Node says of a connection that was closed while a request was under way, in its own words or undici's. */
const BROKEN = new Set<unknown>(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/**
 * Whether a connection broke, as one that was kept does when the server closes it at the moment of its use. The
 * request may have been done: every route of the API may be asked the same twice.
 */
function hasBroken(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error && "code" in cause && BROKEN.has(cause.code);
}

/**
 * A `fetch` that asks again if the answer is 429 or 503, or the connection breaks. It waits as long as Retry-After says, or else
 * longer each time. The body must be text, bytes or a form, which can be sent again.
 *
 * @param attempts how often to ask, the first time included
 */
export function retrying(attempts: number): typeof fetch {
  return async (input: string | URL | Request, init?: RequestInit) => {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(input, init).catch((error: unknown) => {
        if (attempt < attempts && hasBroken(error)) return undefined;
        throw error;
      });
      if (!response) {
        await pause(waitMs(null, attempt), init?.signal);
        continue;
      }
      if (!PASSING.has(response.status) || attempt >= attempts) return response;
      const wait = waitMs(response.headers.get("retry-after"), attempt);
      if (wait > LONGEST_WAIT_MS) return response;
      await response.body?.cancel();
      await pause(wait, init?.signal);
    }
  };
}
