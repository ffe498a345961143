/**
 * Reads from the GPU that are there when they return, as on every other backend: training reads the
 * loss in the midst of a step. The stock backend's want a browser's canvas.
 *
 * WebGPU itself reads later only. But Dawn in Node looks whether the GPU is done in what it hands to
 * `setImmediate`, so that calling it at once, again and again, waits for the GPU.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "../error.ts";

// Of the WebGPU specification.
const MAP_READ = 1;
const COPY_DST = 8;
const FOR_READING = 1;

interface GpuBuffer {
  size: number;
  mapState: "unmapped" | "pending" | "mapped";
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  destroy(): void;
}

interface GpuError {
  error: { message: string };
  preventDefault(): void;
}

interface GpuDevice {
  createBuffer(description: { size: number; usage: number }): GpuBuffer;
  addEventListener(type: "uncapturederror", listener: (event: GpuError) => void): void;
}

/** What tfjs's backend has beyond tfjs's interface, as far as reading goes. */
export interface WebGpuBackend extends tf.KernelBackend {
  device: GpuDevice;
  tensorMap: {
    get(id: object): {
      dtype: tf.DataType;
      values: tf.backend_util.BackendValues | null;
      resource?: GpuBuffer | null;
    };
  };
  commandEncoder: {
    copyBufferToBuffer(from: GpuBuffer, at: number, to: GpuBuffer, at2: number, size: number): void;
  };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Replaces the backend's reads. These throw a BackendError where the GPU has refused to compute. */
export function replaceReads(backend: WebGpuBackend): void {
  let refusal: string | undefined;
  backend.device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    refusal ??= event.error.message;
  });
  const stock = backend.readSync.bind(backend);
  backend.readSync = (id) => {
    const tensor = backend.tensorMap.get(id);
    if (tensor.values || !tensor.resource) return stock(id);
    const bytes = download(backend, tensor.resource);
    if (refusal !== undefined) {
      const [said] = refusal.split("\n", 1);
      refusal = undefined;
      throw new BackendError(
        `WebGPU: the GPU refuses: ${said} If it is memory, take a smaller --size, fewer ` +
          "--classes-per-batch, or freeze more layers.",
      );
    }
    return (tensor.values = tf.util.convertBackendValuesAndArrayBuffer(bytes, tensor.dtype));
  };
  // Two ways of waiting would be in each other's.
  backend.read = (id) => new Promise((resolve) => resolve(backend.readSync(id)));
}

function download(backend: WebGpuBackend, buffer: GpuBuffer): ArrayBuffer {
  const { size } = buffer;
  const copy = backend.device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  backend.endComputePassEncoder();
  backend.ensureCommandEncoderReady();
  backend.commandEncoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
  backend.submitQueue();
  map(copy);
  const bytes = copy.getMappedRange().slice(0);
  copy.destroy();
  return bytes;
}

/** Makes a buffer readable, as soon as the GPU has filled it. */
function map(buffer: GpuBuffer): void {
  const { setImmediate } = globalThis;
  const looks: (() => void)[] = [];
  const keep = (look: () => void) => looks.push(look);
  globalThis.setImmediate = keep as unknown as typeof setImmediate;
  try {
    // What it rejects with is seen in the state.
    buffer.mapAsync(FOR_READING).catch(() => undefined);
    while (buffer.mapState === "pending") {
      const look = looks.shift();
      if (!look) break;
      look();
    }
  } finally {
    globalThis.setImmediate = setImmediate;
    for (const look of looks) setImmediate(look);
  }
  if (buffer.mapState !== "mapped") throw new BackendError("WebGPU: the GPU is lost.");
}
