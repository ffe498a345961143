import { resolveActivations, statedLayers, type Activations } from "../quantization/activations.ts";
import {
  ACTIVATIONS,
  checkShape,
  depthwiseKernels,
  expectedContents,
  inputScales,
  isKernel,
  SCALE,
} from "./contents.ts";
import { sha256 } from "./digest.ts";
import { contentVersion, parseManifest, type Manifest } from "./manifest.ts";
import { outputChannels, quantize } from "./quantize.ts";
import { encodeSafetensors, type RawTensor } from "./safetensors.ts";
import { sourceOf } from "./source.ts";
import { checkDigest, checkLength, PackageStream } from "./stream.ts";
import { type PackageReader, type Weight, weightOf } from "./weight.ts";

/** A package: its manifest, and every weight by name. */
export class Package implements PackageReader {
  constructor(
    readonly manifest: Manifest,
    readonly tensors: Map<string, Weight>,
    readonly activations?: ReadonlyMap<string, Activations>,
  ) {}

  weight(name: string): Promise<Weight> {
    return Promise.resolve(weightOf(this.tensors, name));
  }
}

/** The two files of a package, and the third of a signed package. */
export interface PackageFiles {
  manifest: string;
  weights: Uint8Array<ArrayBuffer>;
  /** The text of manifest.sig: see signature.ts. */
  signature?: string;
}

/** The part of a manifest that the caller of `encodePackage` states; the rest follows from the weights. */
export type PackageContent = Omit<Manifest, "version" | "weights">;

/**
 * Smaller kernels stay float32. The kernels of the first layers are small and matter most: in MobileNetV2
 * they are 2 % of the weights, and caused four fifths of the error of int8 embeddings.
 */
const LEAST_QUANTIZED = 4096;

/**
 * Packs weights into the two files.
 *
 * @param stated the activations of `statedLayers`, which the scheme "int8" needs
 * @throws PackageError if weights and network do not fit
 */
export async function encodePackage(
  content: PackageContent,
  tensors: Package["tensors"],
  stated: ReadonlyMap<string, Activations> = new Map(),
): Promise<PackageFiles> {
  const { network, input, quantization } = content;
  const depthwise = depthwiseKernels(network);
  const { weights: specs, outputs } = expectedContents(content);
  const raw = new Map<string, RawTensor>();
  const forInt8 = quantization.scheme === "int8";
  if (forInt8) writeActivations(raw, statedLayers(network, outputs), stated);
  const scalesOf = inputScales(
    network,
    forInt8 ? resolveActivations(network, outputs, input, stated) : undefined,
  );
  for (const { name, shape } of specs) {
    const tensor = tensors.get(name);
    checkShape(name, tensor?.shape, shape);
    const values = tensor?.values ?? new Float32Array();
    const small = values.length < LEAST_QUANTIZED;
    if (quantization.scheme === "none" || !isKernel(name) || small) {
      raw.set(name, { shape, values });
      continue;
    }
    const channels = outputChannels(shape, depthwise.has(name));
    const quantized = quantize(values, channels, scalesOf.get(name));
    raw.set(name, { shape, values: quantized.values });
    raw.set(name + SCALE, { shape: [quantized.scales.length], values: quantized.scales });
  }
  const weights = encodeSafetensors(raw);
  const sealed = {
    ...content,
    weights: {
      file: "weights.safetensors" as const,
      bytes: weights.length,
      sha256: await sha256(weights),
    },
  };
  const manifest: Manifest = { ...sealed, version: await contentVersion(sealed) };
  return { manifest: JSON.stringify(manifest, null, 2) + "\n", weights };
}

function writeActivations(
  raw: Map<string, RawTensor>,
  layers: ReturnType<typeof statedLayers>,
  stated: ReadonlyMap<string, Activations>,
): void {
  for (const { name, channels } of layers) {
    const { scale = [], zero = [] } = stated.get(name) ?? {};
    checkShape(name + ACTIVATIONS, [scale.length + zero.length], [2 * channels]);
    raw.set(name + ACTIVATIONS, {
      shape: [2, channels],
      values: Float32Array.of(...scale, ...zero),
    });
  }
}

async function openFiles({ manifest: text, weights }: PackageFiles): Promise<PackageStream> {
  const manifest = await parseManifest(text);
  checkLength(manifest, weights.length);
  // Comes before reading, because a damaged file may have other faults, and the digest explains them.
  checkDigest(manifest, await sha256(weights));
  return PackageStream.open(manifest, sourceOf(weights));
}

/**
 * Checks and reads a package.
 *
 * @throws PackageError with the first fault
 */
export async function decodePackage(files: PackageFiles): Promise<Package> {
  const stream = await openFiles(files);
  const tensors: Package["tensors"] = new Map();
  for (const name of stream.names) tensors.set(name, await stream.weight(name));
  await stream.end();
  return new Package(stream.manifest, tensors, stream.activations);
}

/**
 * Checks a package as `decodePackage` does, with the memory of one weight.
 *
 * @throws PackageError with the first fault
 */
export async function checkPackage(files: PackageFiles): Promise<Manifest> {
  const stream = await openFiles(files);
  for (const name of stream.names) await stream.weight(name);
  await stream.end();
  return stream.manifest;
}
