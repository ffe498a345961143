import { setTimeout } from "node:timers/promises";

/** A failure that may pass: a broken connection, or a server that is busy or failing. */
export class Passing extends Error {
  override name = "Passing";
  /** @param waitMs how long the server asks to wait */
  constructor(
    message: string,
    readonly waitMs: number | null = null,
  ) {
    super(message);
  }
}

export interface Patience {
  /** How often to try, the first time included. */
  attempts: number;
  /** About how long to wait after the first failure. It doubles with each. */
  firstWaitMs: number;
}

/** Waits for about half a minute in all, so that a registry can be deployed meanwhile. */
export const PATIENCE: Patience = { attempts: 7, firstWaitMs: 500 };

/** Waits for some minutes in all: a registry may be restarted or deployed while workers train. */
export const LONG_PATIENCE: Patience = { attempts: 14, firstWaitMs: 300 };

export const ONCE: Patience = { attempts: 1, firstWaitMs: 0 };

const LONGEST_WAIT_MS = 30_000;

/**
 * Tries again after each `Passing`.
 *
 * @throws the last failure; the signal's reason, as soon as it is aborted
 */
export async function withPatience<T>(
  { attempts, firstWaitMs }: Patience,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Passing) || attempt >= attempts) throw error;
      // Clients that failed at the same time should not come back at the same time.
      const usual = firstWaitMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const wait = Math.min(error.waitMs ?? usual, LONGEST_WAIT_MS);
      await setTimeout(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
