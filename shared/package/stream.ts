import type { WeightSpec } from "../network/shapes.ts";
import {
  type Activations,
  fits,
  LARGEST,
  resolveActivations,
  statedLayers,
} from "../quantization/activations.ts";
import {
  ACTIVATIONS,
  checkShape,
  depthwiseKernels,
  expectedContents,
  inputScales,
  isKernel,
  SCALE,
} from "./contents.ts";
import { PackageError } from "./error.ts";
import type { Manifest } from "./manifest.ts";
import { outputChannels } from "./quantize.ts";
import { SafetensorsReader, type RawTensor, type TensorEntry } from "./safetensors.ts";
import type { ByteSource } from "./source.ts";
import { Int8Weight, type PackageReader, type Weight } from "./weight.ts";

/** @throws PackageError weights_truncated if a file has another length than the manifest states */
export function checkLength({ weights }: Manifest, length: number): void {
  if (length === weights.bytes) return;
  throw new PackageError(
    "weights_truncated",
    `weights.safetensors has ${length} bytes, the manifest says ${weights.bytes}`,
  );
}

/** @throws PackageError weights_hash if a file has another SHA-256 than the manifest states */
export function checkDigest({ weights }: Manifest, digest: string): void {
  if (digest === weights.sha256) return;
  throw new PackageError(
    "weights_hash",
    `weights.safetensors has SHA-256 ${digest}, the manifest says ${weights.sha256}`,
  );
}

type Type = TensorEntry["dtype"];

/** Checks the file's header: every weight is there, as int8 with scales or as float32, and activations. */
function checkHeader(manifest: Manifest, entries: ReadonlyMap<string, TensorEntry>) {
  const { network, quantization } = manifest;
  const { weights, outputs } = expectedContents(manifest);
  const depthwise = depthwiseKernels(network);
  const unseen = new Set(entries.keys());
  const check = ({ name, shape }: WeightSpec, dtype: Type) => {
    const entry = entries.get(name);
    checkShape(name, entry?.shape, shape);
    if (entry?.dtype !== dtype) {
      const type = dtype === "F32" ? "Float32Array" : "Int8Array";
      throw new PackageError("weights_malformed", `tensor "${name}" is not a ${type}`);
    }
    unseen.delete(name);
  };
  const stated = quantization.scheme === "int8" ? statedLayers(network, outputs) : [];
  for (const { name, channels } of stated) {
    check({ name: name + ACTIVATIONS, shape: [2, channels] }, "F32");
  }
  for (const spec of weights) {
    const { name, shape } = spec;
    const inInt8 = quantization.scheme !== "none" && isKernel(name) && entries.has(name + SCALE);
    check(spec, inInt8 ? "I8" : "F32");
    if (!inInt8) continue;
    check({ name: name + SCALE, shape: [outputChannels(shape, depthwise.has(name))] }, "F32");
  }
  const [stranger] = unseen;
  if (stranger !== undefined) {
    throw new PackageError("tensor_unexpected", `tensor "${stranger}" belongs to no layer`);
  }
  return { weights, outputs, stated };
}

/**
 * A package whose weights are still arriving. Only weights that arrive before a requested one stay in
 * memory: in files that we write, these are the float32 weights, a tenth of all. Only after `end` is it
 * certain that the weights are those of the manifest.
 */
export class PackageStream implements PackageReader {
  activations?: ReadonlyMap<string, Activations>;
  private scalesOf: ReadonlyMap<string, Float32Array> = new Map();
  private readonly arrived = new Map<string, RawTensor>();

  private constructor(
    readonly manifest: Manifest,
    private readonly source: ByteSource,
    private readonly tensors: SafetensorsReader,
    private readonly contents: ReturnType<typeof checkHeader>,
  ) {}

  /**
   * Checks the file's header, and reads the activations.
   *
   * @param source the file of weights
   * @throws PackageError with the first fault
   */
  static async open(manifest: Manifest, source: ByteSource): Promise<PackageStream> {
    const tensors = await SafetensorsReader.open(source, manifest.weights.bytes);
    const entries = new Map(tensors.entries.map((entry) => [entry.name, entry]));
    const contents = checkHeader(manifest, entries);
    const stream = new PackageStream(manifest, source, tensors, contents);
    if (manifest.quantization.scheme === "int8") await stream.readActivations();
    return stream;
  }

  /** Names of the weights, in the order in which a network needs them. */
  get names(): string[] {
    return this.contents.weights.map(({ name }) => name);
  }

  async weight(name: string): Promise<Weight> {
    const { shape, values } = await this.take(name);
    if (values instanceof Float32Array) return { shape, values };
    const scales = await this.floats(name + SCALE);
    return new Int8Weight(shape, { values, scales, inputScales: this.scalesOf.get(name) });
  }

  /** Reads the rest. @throws PackageError if the file is not the one that the manifest states */
  async end(): Promise<void> {
    while (await this.arrive());
    checkDigest(this.manifest, await this.source.sha256());
  }

  private async floats(name: string): Promise<Float32Array> {
    const { values } = await this.take(name);
    if (values instanceof Float32Array) return values;
    throw new Error(`"${name}" is not float32`);
  }

  private async take(name: string): Promise<RawTensor> {
    while (!this.arrived.has(name)) {
      if (!(await this.arrive())) break;
    }
    const tensor = this.arrived.get(name);
    if (!tensor) throw new Error(`weight "${name}" is not there, or was taken`);
    this.arrived.delete(name);
    return tensor;
  }

  /** Reads another tensor. @returns false if there was none */
  private async arrive(): Promise<boolean> {
    const next = await this.tensors.read();
    if (!next) return false;
    const [name, { values }] = next;
    if (values instanceof Float32Array && !values.every(Number.isFinite)) {
      throw new PackageError("tensor_value", `tensor "${name}" holds a number that is not finite`);
    }
    this.arrived.set(...next);
    return true;
  }

  private async readActivations(): Promise<void> {
    const { network, input } = this.manifest;
    const stated = new Map<string, Activations>();
    for (const { name, channels } of this.contents.stated) {
      const values = await this.floats(name + ACTIVATIONS);
      const [scale, zero] = [values.slice(0, channels), values.slice(channels)];
      const isScale = (value: number) => value > 0 && Number.isFinite(value);
      const isZero = (value: number) => value >= 0 && value <= LARGEST;
      if (!scale.every(isScale) || !zero.every(isZero)) {
        throw new PackageError(
          "tensor_value",
          `tensor "${name}${ACTIVATIONS}" needs positive scales, and zeros from 0 to ${LARGEST}`,
        );
      }
      stated.set(name, { scale, zero });
    }
    const activations = resolveActivations(network, this.contents.outputs, input, stated);
    for (const layer of network) {
      const own = activations.get(layer.name);
      if (!own || fits(layer, own)) continue;
      throw new PackageError(
        "tensor_value",
        `tensor "${layer.name}${ACTIVATIONS}" says what the layer's activation cuts off`,
      );
    }
    this.activations = activations;
    this.scalesOf = inputScales(network, activations);
  }
}
