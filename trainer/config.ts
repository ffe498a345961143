import * as z from "zod";
import { modelNameSchema } from "../shared/package/manifest.ts";
import { pddmFormSchema } from "../shared/pddm/form.ts";

/**
 * Everything that decides a run, with its default and what it is for. The command line's flags are
 * made from this schema, `runs/<name>/config.json` is checked by it.
 */
export const configSchema = z.strictObject({
  data: z.string().describe("folder of images, one sub-folder per class (jpeg, png, webp)"),
  name: modelNameSchema.describe("name of the run and of the model it makes"),
  backend: z.enum(["auto", "wasm", "cuda"]).default("auto").describe("where the tensors live"),
  seed: z.int().min(0).default(1).describe("decides every random choice of the run"),
  trainShare: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe("share of the classes, in order, that train; the rest test"),

  size: z.int().min(16).max(512).default(48).describe("width and height of the input, in pixels"),
  dimensions: z.int().min(4).max(1024).default(64).describe("length of the embedding"),
  pddm: pddmFormSchema.default("residual").describe("form of the PDDM unit"),
  hidden: z.int().min(4).max(1024).default(32).describe("hidden width of the PDDM unit"),

  mining: z
    .enum(["all", "hardest"])
    .default("all")
    .describe(
      "quadruplets: every positive pair, or the single hardest by S (as published; collapses easily)",
    ),
  alpha: z.number().min(0).default(0.5).describe("margin of the metric's header, E_m"),
  beta: z.number().min(0).default(1).describe("margin of the embedding's header, E_e"),
  lambda: z.number().min(0).default(0.5).describe("weight of E_e beside E_m"),
  weightDecay: z.number().min(0).default(5e-4).describe("gamma, decoupled from the gradient"),

  steps: z.int().min(1).default(1500).describe("training steps"),
  classesPerBatch: z.int().min(2).default(16).describe("classes in a batch"),
  imagesPerClass: z.int().min(2).default(4).describe("images of each class in a batch"),
  learningRate: z
    .number()
    .gt(0)
    .default(2e-3)
    .describe("peak of the schedule: linear warm-up, then cosine decay to 0"),
  evaluateEvery: z.int().min(1).default(200).describe("steps between evaluations and checkpoints"),
});

export type Config = z.infer<typeof configSchema>;
