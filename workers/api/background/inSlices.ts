import type { Occasion } from "../request/select.ts";
import type { Task } from "./task.ts";

/** How long a message goes on with its task before it sends another message for the rest. */
const BUDGET_MS = 3000;

/** Does a task slice by slice. @param slice does the first of a task, and returns the rest, or null if that was all */
export async function inSlices<T extends Task>(
  { settings }: Occasion,
  task: T,
  slice: (task: T) => Promise<T | null>,
): Promise<void> {
  const until = Date.now() + BUDGET_MS;
  let rest = await slice(task);
  while (rest && Date.now() < until) rest = await slice(rest);
  if (rest) await settings.TASKS?.send(rest);
}
