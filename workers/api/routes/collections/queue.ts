import { HttpError } from "../../../http/errors.ts";
import type { Task } from "../../background/task.ts";
import type { Settings } from "../../env.ts";

/** @throws HttpError 503 if there is no queue */
export function queueOf({ TASKS }: Settings): Queue<Task> {
  if (TASKS) return TASKS;
  throw new HttpError(
    "collections_unavailable",
    "this Worker does nothing in the background: bind the queue TASKS in wrangler.toml",
  );
}
