import * as tf from "@tensorflow/tfjs-core";
import { heapMemory } from "./pddm/heap.ts";

/** Tensors and memory of tfjs in this isolate. */
export interface EngineMemory {
  tensors: number;
  /** Size of the heap, used or free. */
  heapBytes: number;
}

export function engineMemory(): EngineMemory {
  // tfjs is opened only when a request needs it.
  if (tf.getBackend() !== "wasm") return { tensors: 0, heapBytes: 0 };
  return { tensors: tf.memory().numTensors, heapBytes: heapMemory().buffer.byteLength };
}
