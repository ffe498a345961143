import * as z from "zod";

/**
 * What `npm run bench` asks the bench Worker to do, as JSON by POST /bench. Inside workerd the clock
 * stands still while something computes, so that each task is timed by whoever asks for it.
 */

/** `engine` is what the API Worker runs, `tfjs` the plain operations of tfjs-backend-wasm. */
const subject = z.enum(["engine", "tfjs"]);
const runs = z.int().min(1).max(1_000_000_000);
const pack = { name: z.string(), version: z.string() };

/** One against n candidates, or all ordered pairs of n items. */
const shapeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("one"), candidates: z.int().min(1) }),
  z.strictObject({ kind: z.literal("all"), items: z.int().min(1) }),
]);

/** From an isolate without tfjs to the first embedding, in this order. */
export const COLD_STEPS = ["wasm", "read", "hash", "decode", "upload", "embed"] as const;

export const taskSchema = z.discriminatedUnion("task", [
  z.strictObject({ task: z.literal("nothing") }),
  z.strictObject({ task: z.literal("memory") }),
  /** @see peak/assembly/kernel.ts */
  z.strictObject({ task: z.literal("peak"), build: z.enum(["simd", "relaxed"]), runs }),
  z.strictObject({ task: z.literal("embed"), subject, ...pack, runs }),
  z.strictObject({ task: z.literal("score"), subject, ...pack, shape: shapeSchema, runs }),
  z.strictObject({ task: z.literal("cold"), step: z.enum(COLD_STEPS), ...pack }),
]);

export type Task = z.infer<typeof taskSchema>;
export type Subject = z.infer<typeof subject>;
export type PairShape = z.infer<typeof shapeSchema>;

export const answerSchema = z.strictObject({
  /** What was computed last: an embedding, or the first scores. */
  values: z.array(z.number()).optional(),
  /** Size of the heap of tfjs, and of what models have beside it. */
  wasmBytes: z.int().optional(),
});

export type Answer = z.infer<typeof answerSchema>;

/** So many scores of a `score` task are answered. */
export const SCORES_ANSWERED = 64;

/** Operations of one run of a `peak` task. */
export const PEAK_FLOPS = 96;

/** Where PUT puts a file into the bucket: this and its key. */
export const OBJECTS_PATH = "/bench/objects/";
