import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Tensors of a file, by name. */
export type Tensors = Map<string, { shape: number[]; values: Float32Array }>;

export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Writes a tfjs weights manifest and its weights into a folder. */
export async function writeManifest(
  folder: string,
  tensors: Tensors,
  extra: object = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const weights = Array.from(tensors, ([name, { shape }]) => ({ name, shape, dtype: "float32" }));
  const weightsManifest = [{ paths: ["weights.bin"], weights }];
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ ...extra, weightsManifest }));
  const parts = Array.from(tensors.values(), ({ values }) => bytesOf(values));
  await writeFile(join(folder, "weights.bin"), Buffer.concat(parts));
}

/** Writes a model as tfjs does, its weights cut into two shards. @returns the path of model.json */
export async function writeModel(folder: string, model: LayersModel): Promise<string> {
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = Buffer.from(tf.io.CompositeArrayBuffer.join(weightData));
      const cut = Math.floor(bytes.length / 2);
      await writeFile(join(folder, "shard1.bin"), bytes.subarray(0, cut));
      await writeFile(join(folder, "shard2.bin"), bytes.subarray(cut));
      const weightsManifest = [{ paths: ["shard1.bin", "shard2.bin"], weights: weightSpecs }];
      const json = { format: "layers-model", modelTopology, weightsManifest };
      await writeFile(join(folder, "model.json"), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return join(folder, "model.json");
}
