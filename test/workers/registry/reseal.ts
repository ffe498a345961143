import type { PackageFiles } from "../../../shared/package/codec.ts";
import { sha256 } from "../../../shared/package/digest.ts";
import { contentVersion, manifestSchema, type Manifest } from "../../../shared/package/manifest.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type RawTensor,
} from "../../../shared/package/safetensors.ts";

export const manifestOf = ({ manifest }: PackageFiles): Manifest =>
  manifestSchema.parse(JSON.parse(manifest));

/** Replaces the weights of a package, and updates length, SHA-256 and version. */
export async function reseal(
  files: PackageFiles,
  weights: Uint8Array<ArrayBuffer>,
): Promise<PackageFiles> {
  const content = {
    ...manifestOf(files),
    weights: {
      file: "weights.safetensors" as const,
      bytes: weights.length,
      sha256: await sha256(weights),
    },
  };
  const manifest = { ...content, version: await contentVersion(content) };
  return { manifest: JSON.stringify(manifest), weights };
}

/** Changes the tensors of a package, and reseals it. */
export async function withTensors(
  files: PackageFiles,
  change: (tensors: Map<string, RawTensor>) => void,
): Promise<PackageFiles> {
  const tensors = await decodeSafetensors(files.weights);
  change(tensors);
  return reseal(files, encodeSafetensors(tensors));
}
