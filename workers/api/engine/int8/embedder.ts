import type { Embedder } from "../../../../shared/embedder.ts";
import { INPUT } from "../../../../shared/network/schema.ts";
import { inferShapes } from "../../../../shared/network/shapes.ts";
import type { Manifest } from "../../../../shared/package/manifest.ts";
import type { PackageReader } from "../../../../shared/package/weight.ts";
import { type Buffers, planBuffers } from "./buffers.ts";
import { Constants } from "./constants.ts";
import { Context } from "./context.ts";
import { type Build, openKernel } from "./kernel.ts";
import { get } from "./get.ts";
import { call, type Step } from "./step.ts";
import { stepsOf } from "./steps.ts";

const PAGE = 65_536;

/** A network in int8 arithmetic. It has its own memory, which does not grow after opening. */
export class Int8Embedder implements Embedder {
  readonly arithmetic = "int8";
  private readonly pixels: number;
  private readonly features: number;
  private readonly imageBytes: number;
  private readonly dimensions: number;

  private constructor(
    { network, input, embedding }: Manifest,
    private readonly memory: WebAssembly.Memory,
    { pixels, outputs }: Buffers,
    private readonly steps: Step[],
  ) {
    this.imageBytes = input.width * input.height * 3;
    this.dimensions = embedding.dimensions;
    this.pixels = pixels;
    this.features = get(outputs, network[network.length - 1]!.name);
  }

  /**
   * Opens the network of a package.
   *
   * @param build of the kernel, otherwise the one that suits the processor
   * @throws Error if the package does not state its activations
   */
  static async open(content: PackageReader, build?: Build): Promise<Int8Embedder> {
    const { manifest, activations } = content;
    const { network, input } = manifest;
    if (!activations) throw new Error("the package does not state its activations");
    const { outputs: shapes } = inferShapes(network, input);
    const buffers = planBuffers(network, shapes);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(buffers.end / PAGE) });
    const kernel = openKernel(memory, build);
    const constants = new Constants(memory, buffers.start, buffers.end);
    const image = get(buffers.outputs, INPUT);
    const steps = [call(kernel.readPixels, buffers.pixels, input.width * input.height, image)];
    const context = new Context({ kernel, constants, buffers, shapes, content, activations });
    for (const layer of network) steps.push(...(await stepsOf(context, layer)));
    return new Int8Embedder(manifest, memory, buffers, steps);
  }

  embed(pixels: Uint8Array): Float32Array {
    const n = pixels.length / this.imageBytes;
    const embeddings = new Float32Array(n * this.dimensions);
    for (let image = 0; image < n; image++) {
      const start = image * this.imageBytes;
      const bytes = pixels.subarray(start, start + this.imageBytes);
      new Uint8Array(this.memory.buffer, this.pixels).set(bytes);
      for (const step of this.steps) step();
      const features = new Float32Array(this.memory.buffer, this.features, this.dimensions);
      const norm = Math.sqrt(features.reduce((sum, value) => sum + value * value, 1e-12));
      embeddings.set(
        features.map((value) => value / norm),
        image * this.dimensions,
      );
    }
    return embeddings;
  }

  get ownBytes(): number {
    return this.memory.buffer.byteLength;
  }

  get bytes(): number {
    return this.ownBytes;
  }

  dispose(): void {
    // The garbage collector frees the memory together with this object.
  }
}
