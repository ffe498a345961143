import { HttpError } from "../../http/errors.ts";
import { logError } from "../../http/log.ts";
import type { CollectionRecord } from "../../protocol/collection.ts";
import { listRecords } from "../collections/listRecords.ts";
import { readSettings } from "../env.ts";
import type { Occasion } from "../request/select.ts";
import { compareFrom } from "./duplicates.ts";
import { embedFrom } from "./embed.ts";
import { followPictures } from "./pictures.ts";
import { syncSlice } from "./sync.ts";
import { eventSchema, type Task, taskSchema } from "./task.ts";

const RETRY_SECONDS = 10;

function run(occasion: Occasion, task: Task): Promise<void> {
  switch (task.task) {
    case "embed":
      return embedFrom(occasion, task);
    case "duplicates":
      return compareFrom(occasion, task);
    case "sync":
      return syncSlice(occasion, task);
    case "pictures":
      return followPictures(occasion, task);
  }
}

/** The tasks of a message: it is a task, or an event of R2 that collections with its prefix follow. */
function tasksOf(body: unknown, records: CollectionRecord[]): Task[] {
  const task = taskSchema.safeParse(body);
  if (task.success) return [task.data];
  const { key } = eventSchema.parse(body).object;
  return records
    .filter(({ prefix }) => prefix !== null && key.startsWith(prefix))
    .map(({ name, uid }) => ({ task: "pictures", collection: name, uid, keys: [key] }));
}

/** Whether a task is of no use any more. */
const isObsolete = (error: unknown) =>
  error instanceof HttpError && error.code === "unknown_collection";

/** Runs tasks. One that fails does not keep the others from running. @throws what the last one failed with */
async function runAll(occasion: Occasion, tasks: Task[]): Promise<void> {
  let failure: { error: unknown } | undefined;
  for (const task of tasks) {
    try {
      await run(occasion, task);
    } catch (error) {
      if (!isObsolete(error)) failure = { error };
    }
  }
  if (failure) throw failure.error;
}

/**
 * Does what messages ask for. One that fails is tried again after a while; the queue gives those that go on
 * failing, and those that are no messages of ours, to its dead-letter queue.
 */
export async function consume(
  batch: MessageBatch,
  env: unknown,
  waitUntil: Occasion["waitUntil"],
): Promise<void> {
  const occasion: Occasion = { settings: readSettings(env), waitUntil };
  let records: CollectionRecord[] | undefined;
  for (const message of batch.messages) {
    try {
      const isTask = taskSchema.safeParse(message.body).success;
      if (!isTask) records ??= await listRecords(occasion.settings);
      await runAll(occasion, tasksOf(message.body, records ?? []));
      message.ack();
    } catch (error) {
      logError(error, { message: message.id, attempts: message.attempts });
      message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
}
