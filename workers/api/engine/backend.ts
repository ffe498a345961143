import { BackendWasm } from "@tensorflow/tfjs-backend-wasm/dist/backend_wasm";
import simd from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm";
import * as tf from "@tensorflow/tfjs-core";
import { kernels } from "./kernels.ts";
import { RELAXED_SIMD } from "../../wasm/relaxedSimd.ts";

/** The engine as /info describes it. Of the float32 code only the PDDM kernel has a build with relaxed SIMD. */
export const ENGINE = { backend: "wasm", simd: true, relaxed_simd: RELAXED_SIMD };

const RESERVE_BYTES = 8 * 2 ** 20;

/**
 * Opens the wasm backend of tfjs from the module that wrangler precompiled: instantiates it, adds the `tfjs`
 * table and registers it. The library's own init would compile wasm from bytes, which workerd forbids.
 */
async function open(): Promise<void> {
  // Imported here because its code takes milliseconds to read, and int8 embeds without it.
  const { default: factory } =
    await import("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js");
  const glue = await factory({
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(simd, imports);
      done(instance);
      return instance.exports;
    },
  });
  glue.tfjs = {
    init: glue.cwrap("init", null, []),
    initWithThreadsCount: glue.cwrap("init_with_threads_count", null, ["number"]),
    getThreadsCount: glue.cwrap("get_threads_count", "number", []),
    registerTensor: glue.cwrap("register_tensor", null, ["number", "number", "number"]),
    disposeData: glue.cwrap("dispose_data", null, ["number"]),
    dispose: glue.cwrap("dispose", null, []),
  };
  tf.registerBackend("wasm", () => new BackendWasm(glue));
  kernels.forEach(tf.registerKernel);
  await tf.setBackend("wasm");
  // Leaves a large free block in the heap. Without one, the allocator of tfjs may loop on an aligned
  // allocation of an odd size until all memory is taken (emscripten-core/emscripten#20704).
  tf.tensor1d(new Float32Array(RESERVE_BYTES / Float32Array.BYTES_PER_ELEMENT)).dispose();
}

let opening: Promise<void> | undefined;

/** Opens the wasm backend of tfjs, with SIMD on one thread, once per isolate. */
export function openEngine(): Promise<void> {
  opening ??= open();
  return opening;
}
