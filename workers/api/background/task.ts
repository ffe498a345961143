import * as z from "zod";

const collection = {
  collection: z.string(),
  /** A message about a collection that was deleted meanwhile is no longer of use. */
  uid: z.string(),
};

/** Work for a collection, as messages of the queue TASKS say it. Each message is a slice of it. */
export const taskSchema = z.discriminatedUnion("task", [
  /** Embeds items by the version that the collection wants next, from its stored pictures. */
  z.strictObject({
    task: z.literal("embed"),
    ...collection,
    version: z.string(),
    shard: z.int(),
    after: z.nullable(z.string()),
  }),
  /** Compares items with all others. @see Slice.from */
  z.strictObject({
    task: z.literal("duplicates"),
    ...collection,
    job: z.string(),
    from: z.nullable(z.string()),
  }),
  /** Compares the bucket with the collection. @see Slice.from */
  z.strictObject({
    task: z.literal("sync"),
    ...collection,
    job: z.string(),
    from: z.nullable(z.string()),
  }),
  /** Looks at objects of the bucket as they are now, and writes or removes their items. */
  z.strictObject({ task: z.literal("pictures"), ...collection, keys: z.array(z.string()) }),
]);

export type Task = z.infer<typeof taskSchema>;

/** The task of a kind. */
export type TaskOf<K extends Task["task"]> = Extract<Task, { task: K }>;

/**
 * A message that R2 sends when an object changes
 * (https://developers.cloudflare.com/r2/buckets/event-notifications/#message-format).
 */
export const eventSchema = z.looseObject({
  account: z.string(),
  action: z.enum([
    "PutObject",
    "CopyObject",
    "CompleteMultipartUpload",
    "DeleteObject",
    "LifecycleDeletion",
  ]),
  bucket: z.string(),
  object: z.looseObject({ key: z.string().min(1) }),
});
