import type { Problems } from "../../../pages/problems.ts";
import { Refusal } from "../../../pages/refusal.ts";

const RETRY_SECONDS = 5;

/** Faults that pass by themselves. null: the registry has not answered. */
const PASSING = new Set([null, "internal_error", "storage_unavailable"]);

/** Shows why the registry has refused. Other errors are thrown on. */
export async function showRefusal(problems: Problems, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.show(error.message);
  }
}

/** Work to repeat, also after a fault that passes by itself. */
export const withRetries =
  (problems: Problems, work: (signal: AbortSignal) => Promise<number | null>) =>
  async (signal: AbortSignal): Promise<number | null> => {
    try {
      return await work(signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof Refusal)) throw error;
      problems.show(error.message);
      return PASSING.has(error.code) ? RETRY_SECONDS : null;
    }
  };
