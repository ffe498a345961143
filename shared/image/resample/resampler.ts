import { type Frame, fitFrame } from "../frame.ts";
import { type Kernel, Resampling, type Source } from "./resampling.ts";
import { triangleTaps } from "./taps.ts";

/**
 * Makes the network's pixels of pictures, row by row: the last two steps of the image contract
 * (image.ts). It holds one picture at a time, and its memory is that of the widest so far.
 */
export class Resampler {
  private readonly kernel: Kernel;

  /** @param module build/resample.wasm */
  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module);
    this.kernel = exports as WebAssembly.Exports & Kernel;
  }

  get heapBytes(): number {
    return this.kernel.memory.buffer.byteLength;
  }

  /** Begins a picture. One that was not finished is given up. */
  start(source: Source, frame: Frame): Resampling {
    const { width, height, extent = source, scale } = source;
    const { columns, rows } = fitFrame(extent, frame);
    const taps = {
      columns: triangleTaps(columns, width, scale),
      rows: triangleTaps(rows, height, scale),
    };
    return new Resampling(this.kernel, source, taps);
  }
}
