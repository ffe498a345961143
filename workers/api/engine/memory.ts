import * as tf from "@tensorflow/tfjs-core";
import { heapMemory } from "./pddm/heap.ts";

/** What tfjs holds in this isolate. */
export interface EngineMemory {
  tensors: number;
  /** Of the heap, taken or free. */
  heapBytes: number;
}

export function engineMemory(): EngineMemory {
  // Until a request wants it.
  if (tf.getBackend() !== "wasm") return { tensors: 0, heapBytes: 0 };
  return { tensors: tf.memory().numTensors, heapBytes: heapMemory().buffer.byteLength };
}
