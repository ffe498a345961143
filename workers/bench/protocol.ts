import * as z from "zod";

/**
 * Tasks that `npm run bench` sends to the bench Worker, as JSON by POST /bench. The clock of workerd stands
 * still during a computation, so the client times each task.
 */

/** `engine` is the engine of the API Worker, `tfjs` the plain operations of tfjs-backend-wasm. */
const subject = z.enum(["engine", "tfjs"]);
/** `now` is shared/image, `former` what it has replaced. */
const way = z.enum(["now", "former"]);
const runs = z.int().min(1).max(1_000_000_000);
const pack = { name: z.string(), version: z.string() };

/** One against n candidates, or all ordered pairs of n items. */
const shapeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("one"), candidates: z.int().min(1) }),
  z.strictObject({ kind: z.literal("all"), items: z.int().min(1) }),
]);

/** The steps from an isolate without tfjs to the first embedding, in order. */
export const COLD_STEPS = ["wasm", "read", "hash", "decode", "upload", "embed"] as const;

/** A step of a task of search.ts: items from a position on, or queries. */
const searchSchema = z.strictObject({
  task: z.literal("search"),
  step: z.enum(["setUp", "write", "find", "findFiltered", "findPlainly"]),
  /** Another name is another collection. */
  collection: z.string(),
  shards: z.int().min(1),
  width: z.int().min(1),
  vectors: z.int().min(1),
  from: z.int().min(0),
  count: z.int().min(0),
});

export type SearchTask = z.infer<typeof searchSchema>;

export const taskSchema = z.discriminatedUnion("task", [
  searchSchema,
  z.strictObject({ task: z.literal("nothing") }),
  z.strictObject({ task: z.literal("memory") }),
  /** @see peak/assembly/kernel.ts */
  z.strictObject({ task: z.literal("peak"), build: z.enum(["simd", "relaxed"]), runs }),
  z.strictObject({ task: z.literal("embed"), subject, ...pack, runs }),
  z.strictObject({ task: z.literal("score"), subject, ...pack, shape: shapeSchema, runs }),
  /** Reads an image of the bucket for a network whose input is a square of this side. */
  z.strictObject({
    task: z.literal("intake"),
    way,
    key: z.string(),
    side: z.int().min(1),
    runs,
  }),
  z.strictObject({ task: z.literal("cold"), step: z.enum(COLD_STEPS), ...pack }),
]);

export type Task = z.infer<typeof taskSchema>;
export type Subject = z.infer<typeof subject>;
export type Way = z.infer<typeof way>;
export type PairShape = z.infer<typeof shapeSchema>;

export const answerSchema = z.strictObject({
  /** The last result: an embedding, the first scores, some bytes of an image's pixels, or positions of items. */
  values: z.array(z.number()).optional(),
  /** Bytes of the heap of tfjs and of the memories of models. */
  wasmBytes: z.int().optional(),
});

export type Answer = z.infer<typeof answerSchema>;

/** Number of scores in the answer to a `score` task. */
export const SCORES_ANSWERED = 64;

/** Of the pixels of an `intake` task, the answer has one byte in so many. It divides no row. */
export const PIXELS_STEP = 1009;

/** Operations of one run of a `peak` task. */
export const PEAK_FLOPS = 96;

/** PUT on this path and a key stores a file in the bucket. */
export const OBJECTS_PATH = "/bench/objects/";
