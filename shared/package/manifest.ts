import * as z from "zod";
import { FITS } from "../image/frame.ts";
import { firstIssue } from "../firstIssue.ts";
import { nestsDeeper, parseJson } from "../json.ts";
import { networkSchema } from "../network/schema.ts";
import { pddmSchema } from "../pddm/form.ts";
import { sha256 } from "./digest.ts";
import { PackageError } from "./error.ts";

/** manifest.json: everything about a model except its weights. Every reader uses this schema. */

export const FORMAT = "pddm-model/1";

/** How deep a manifest may nest. The schema and the version's text recurse, and a stack is limited. */
const MAX_DEPTH = 32;

export const modelNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a model name: lower-case letters, digits and -, at most 63");

export const versionSchema = z.string().regex(/^[0-9a-f]{16}$/, "a version: 16 hex digits");

const rgb = z.tuple([z.number(), z.number(), z.number()]);
const pixels = z.int().min(8).max(1024);
const share = z.number().min(0).max(1);
const recall = z.record(z.string().regex(/^\d+$/), share);

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: modelNameSchema,
  version: versionSchema,
  created: z.iso.datetime(),
  input: z.strictObject({
    width: pixels,
    height: pixels,
    /** Network input = (RGB / 255 - mean) / std. */
    mean: rgb,
    std: rgb.refine((std) => std.every((value) => value > 0), "std must be positive"),
    /** Pixels cut off on every side of the stretched image: see shared/image/frame.ts. */
    margin: z.int().min(0).max(512).optional(),
    /** The filter that resizes. Packages without `fit` have "stretch-triangle". */
    resize: z.enum(["stretch-triangle", "triangle"]),
    /** How a picture gets the shape of the input: see shared/image/frame.ts. Without it, stretched. */
    fit: z.enum(FITS).optional(),
    /** How a picture is decoded: see shared/image/frame.ts. Without it, at its own size, as it is stored. */
    decode: z
      .strictObject({
        oversampling: z.number().min(1).max(16),
        colorSpace: z.literal("srgb").optional(),
      })
      .optional(),
  }),
  embedding: z.strictObject({ dimensions: z.int().min(1).max(4096) }),
  network: networkSchema,
  pddm: pddmSchema,
  /** P(same class | S) = sigmoid(slope * S + intercept), if half of all pairs are of the same class. */
  calibration: z.strictObject({
    slope: z.number(),
    intercept: z.number(),
    prior: z.literal(0.5),
    /** The classes of the pairs. Training classes make the probability overconfident. */
    classes: z.enum(["held-out", "training"]),
    pairs: z.strictObject({ positive: z.int().min(1), negative: z.int().min(1) }),
  }),
  /** Which ranks images better: S, or the Euclidean distance D of embeddings. */
  ranking: z.strictObject({
    by: z.enum(["s", "d"]),
    /** Recall@1 of each, with every image as a query against all others. */
    recallAt1: z.strictObject({ d: share, s: share }),
    /** The classes of the images, which are never test classes. */
    classes: z.enum(["held-out", "training"]),
    queries: z.int().min(1),
  }),
  weights: z.strictObject({
    file: z.literal("weights.safetensors"),
    bytes: z.int().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** "int8" has weights and activations for int8 arithmetic. The others are for float32 arithmetic. */
  quantization: z.strictObject({ scheme: z.enum(["int8", "int8-per-output-channel", "none"]) }),
  /** How the weights were made. */
  training: z.strictObject({
    dataset: z.strictObject({
      name: z.string(),
      /** SHA-256 over the paths, labels and contents of the images. */
      fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
      images: z.int(),
      trainClasses: z.int(),
      testClasses: z.int(),
    }),
    method: z.string(),
    seed: z.int(),
    config: z.record(z.string(), z.json()),
    /** Recall@K on classes never seen in training, before and after quantization. */
    metrics: z.strictObject({ float32: recall, exported: recall }),
    versions: z.record(z.string(), z.string()),
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** JSON with sorted keys, so that the same content always has the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/**
 * The version of a manifest's content: the start of its SHA-256. The manifest holds the SHA-256 of the
 * weights, so the version covers them too.
 */
export async function contentVersion(content: Omit<Manifest, "version">): Promise<string> {
  return (await sha256(canonical({ ...content, version: undefined }))).slice(0, 16);
}

const formatOnly = z.looseObject({ format: z.string() });

/**
 * Parses and checks the text of a manifest.json, including its version.
 *
 * @throws PackageError manifest_invalid | format_unknown | version_mismatch
 */
export async function parseManifest(text: string): Promise<Manifest> {
  const json = parseJson(text);
  if (json === undefined) {
    throw new PackageError("manifest_invalid", "manifest.json is not JSON");
  }
  if (nestsDeeper(json, MAX_DEPTH)) {
    throw new PackageError(
      "manifest_invalid",
      `manifest.json nests lists and objects deeper than ${MAX_DEPTH} levels`,
    );
  }
  const { data: head } = formatOnly.safeParse(json);
  if (head && head.format !== FORMAT) {
    throw new PackageError(
      "format_unknown",
      `manifest.json has format "${head.format}"; this reader knows "${FORMAT}"`,
    );
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = firstIssue(parsed.error);
    const where = issue.path.map(String).join(".") || "the top level";
    throw new PackageError("manifest_invalid", `manifest.json at ${where}: ${issue.message}`);
  }
  const expected = await contentVersion(parsed.data);
  if (parsed.data.version !== expected) {
    throw new PackageError(
      "version_mismatch",
      `manifest.json says version ${parsed.data.version}, but its content is version ${expected}`,
    );
  }
  return parsed.data;
}
