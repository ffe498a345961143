import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../shared/json.ts";
import { UserError } from "../error.ts";

const dtype = z.enum(["float32", "int32", "bool"]);
const quantization = z.object({
  dtype: z.enum(["uint8", "uint16", "float16"]),
  scale: z.number().optional(),
  min: z.number().optional(),
});
const entrySchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype,
  quantization: quantization.optional(),
});
const artifactsSchema = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()).optional(),
  weightsManifest: z
    .array(z.object({ paths: z.array(z.string()), weights: z.array(entrySchema) }))
    .min(1),
});

/** A tfjs model or weights manifest, with the bytes of its weights. */
export interface Artifacts {
  /** The parsed JSON file, with any extra keys. */
  json: z.infer<typeof artifactsSchema>;
  specs: z.infer<typeof entrySchema>[];
  /** The bytes of all weights, in the order of `specs`. */
  data: ArrayBuffer;
}

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

const bytesOf = ({ shape, dtype, quantization }: z.infer<typeof entrySchema>) =>
  shape.reduce((product, size) => product * size, BYTES[quantization?.dtype ?? dtype]);

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch(() => {
    throw new UserError(`there is no file ${path}`);
  });
}

/** The path of the JSON file. In a folder it is model.json or manifest.json. */
async function locate(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) return path;
  for (const name of ["model.json", "manifest.json"]) {
    const file = join(path, name);
    if (await stat(file).then(Boolean, () => false)) return file;
  }
  throw new UserError(`${path} holds neither a model.json nor a manifest.json`);
}

/**
 * Reads a tfjs `model.json`, or a weights manifest, and its shards.
 *
 * @param path the JSON file or its folder
 * @throws UserError if a file is missing or invalid
 */
export async function readArtifacts(path: string): Promise<Artifacts> {
  const file = await locate(path);
  const text = (await read(file)).toString("utf8");
  const content = parseJson(text);
  if (content === undefined) throw new UserError(`${file} is not JSON`);
  const parsed = artifactsSchema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      `${file} is not a tfjs model or weights manifest: ` +
        `at ${issue.path.map(String).join(".")}: ${issue.message}`,
    );
  }
  const { weightsManifest } = parsed.data;
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((shard) => read(join(dirname(file), shard))));
  const specs = weightsManifest.flatMap(({ weights }) => weights);
  const expected = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  const data = new Uint8Array(Buffer.concat(shards)).buffer;
  if (data.byteLength !== expected) {
    throw new UserError(
      `${file}: its weights are ${expected} bytes, but ${paths.join(", ")} hold ${data.byteLength}`,
    );
  }
  return { json: parsed.data, specs, data };
}
