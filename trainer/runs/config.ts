import * as z from "zod";
import { FITS } from "../../shared/image/frame.ts";
import { modelNameSchema } from "../../shared/package/manifest.ts";
import { BACKENDS } from "../backends/names.ts";
import { IMAGENET } from "../data/inputs/normalization.ts";
import {
  BACKBONE_NAMES,
  type BackboneName,
  backbonesWith,
  DEFAULT_BACKBONE,
  describeSchemes,
} from "../networks/backbones/registry.ts";
import { DEFAULT_METHOD, METHOD_NAMES, METHODS } from "../methods/methods.ts";

const rgb = z.tuple([z.number(), z.number(), z.number()]);

const fields = z.strictObject({
  data: z.string().describe("folder of images, one sub-folder per class, or a known set's layout"),
  name: modelNameSchema.describe("name of the run and of the model it makes"),
  backend: z
    .enum(["auto", ...BACKENDS])
    .default("auto")
    .describe("where the tensors live"),
  seed: z.int().min(0).default(1).describe("decides every random choice of the run"),
  trainClasses: z
    .int()
    .min(2)
    .optional()
    .describe("how many classes train, in order; the rest test (default: the set's own, or half)"),

  network: z
    .string()
    .default(DEFAULT_BACKBONE)
    .describe(`${BACKBONE_NAMES.join(", ")}, or the path of a tfjs LayersModel's model.json`),
  width: z
    .number()
    .min(0.35)
    .max(1.4)
    .default(1)
    .describe(`width multiplier of ${backbonesWith((it) => it.hasWidth ?? false).join(", ")}`),
  init: z
    .string()
    .optional()
    .describe(
      `pretrained weights: auto, a name (npm run weights -- list), a tfjs LayersModel of the same network, or a tfjs manifest or safetensors file of ${describeSchemes()}`,
    ),
  featureLayer: z
    .string()
    .optional()
    .describe("layer whose output is the feature, where the network does not end in it"),
  size: z.int().min(16).max(512).default(48).describe("width and height of the input, in pixels"),
  centerCrop: z
    .number()
    .min(0.5)
    .max(1)
    .default(1)
    .describe("share of a picture's sides that the network reads, in its middle"),
  normalization: z
    .strictObject({ mean: rgb, std: rgb })
    .default(IMAGENET)
    .describe("network input = (RGB / 255 - mean) / std, as the pretrained weights expect it"),
  fit: z
    .enum(FITS)
    .default("cover")
    .describe(
      "how a picture gets the input's square: cut off (cover), stretched, or padded (contain)",
    ),
  dimensions: z.int().min(4).max(1024).default(64).describe("length of the embedding"),
  hidden: z.int().min(4).max(1024).default(32).describe("hidden width of the PDDM unit"),

  method: z
    .enum(METHOD_NAMES)
    .default(DEFAULT_METHOD)
    .describe("which pairs of a batch count, and which loss follows from them"),
  hyperparameters: z
    .record(z.string(), z.number())
    .default({})
    .describe("of the method, by name; those left out take its defaults"),

  freeze: z
    .string()
    .default("none")
    .describe("what does not train: none, backbone, or all up to a layer (block10)"),
  views: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("views of a training image kept behind the frozen layers, the plain one included"),
  batchNorm: z
    .enum(["trained", "frozen"])
    .default("trained")
    .describe("batch norms: trained, or as they are in the pretrained weights"),
  head: z
    .enum(["random", "whitened", "refitted"])
    .default("random")
    .describe(
      "the embedding's layer: starts random, or as whitening and PCA of the features; refitted: whitened, and made anew of the trained features at the end, where S is local",
    ),
  augment: z
    .enum(["none", "shift", "crop"])
    .default("shift")
    .describe("views: shifted and dimmed (drawings), or cropped and mirrored (photographs)"),

  steps: z.int().min(1).default(1500).describe("training steps"),
  classesPerBatch: z.int().min(2).default(16).describe("classes in a batch"),
  imagesPerClass: z.int().min(2).default(4).describe("images of each class in a batch"),
  learningRate: z
    .number()
    .gt(0)
    .default(2e-3)
    .describe("peak of the schedule: linear warm-up, then cosine decay to 0"),
  headRate: z
    .number()
    .gt(0)
    .default(1)
    .describe("learning rate of head and unit, as a multiple of the network's"),
  weightDecay: z.number().min(0).default(5e-4).describe("gamma, decoupled from the gradient"),
  evaluateEvery: z.int().min(1).default(200).describe("steps between evaluations and checkpoints"),
  patience: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "stop after this many evaluations without a better Recall@1 and keep the best; 0: never",
    ),
});

/**
 * Everything that decides a run, with defaults and descriptions. The command line's flags are made from
 * this schema, and `runs/<name>/config.json` is checked by it. The method's own schema checks and
 * completes the hyperparameters.
 */
export const configSchema = fields.transform((config, context) => {
  const { hyperparameters: schema } = METHODS[config.method];
  const parsed = schema.safeParse(config.hyperparameters, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `${config.method} has no ${issue.keys.join(", ")}; it has ${Object.keys(schema.shape).join(", ")}`
        : undefined,
  });
  if (parsed.success) return { ...config, hyperparameters: parsed.data };
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: "custom", path: ["hyperparameters", ...path], message });
  }
  return z.NEVER;
});

export type Config = z.infer<typeof configSchema>;

/** Other defaults where pretrained weights are given: what fine-tuning needs. */
export const FINE_TUNING = {
  network: "mobilenetv2",
  size: 128,
  centerCrop: 0.875,
  dimensions: 128,
  freeze: "block6",
  views: 8,
  batchNorm: "frozen",
  head: "refitted",
  augment: "crop",
  steps: 400,
  learningRate: 3e-4,
  headRate: 3,
  evaluateEvery: 50,
} satisfies Partial<Config> & { network: BackboneName };
