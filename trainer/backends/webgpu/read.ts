/**
 * Synchronous reads from the GPU, which training needs because it reads the loss within a step. Those of the stock
 * backend need a browser's canvas.
 *
 * WebGPU itself has only asynchronous reads. But in Node, Dawn checks the GPU in a callback that it passes to
 * `setImmediate`, so calling that callback repeatedly waits for the GPU.
 */
import * as tf from "@tensorflow/tfjs-core";
import { BackendError } from "../error.ts";

// Constants of the WebGPU specification.
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

/** The members of the webgpu backend beyond the interface of tfjs that reading needs. */
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

/** Replaces the reads of the backend. The new ones throw a BackendError if the GPU has refused to compute. */
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
        `WebGPU: the GPU refuses: ${said} If it lacks memory, use a smaller --size, fewer ` +
          "--classes-per-batch, or freeze more layers.",
      );
    }
    return (tensor.values = tf.util.convertBackendValuesAndArrayBuffer(bytes, tensor.dtype));
  };
  // Two ways of waiting would interfere with each other.
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

/** Maps a buffer, so that it is readable when the GPU has filled it. */
function map(buffer: GpuBuffer): void {
  const { setImmediate } = globalThis;
  const looks: (() => void)[] = [];
  const keep = (look: () => void) => looks.push(look);
  globalThis.setImmediate = keep as unknown as typeof setImmediate;
  try {
    // A rejection shows in the state of the buffer.
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
