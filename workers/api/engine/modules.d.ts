/** Types of files that wrangler bundles as precompiled modules, and of package files without types. */

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js" {
  /** The part of the Emscripten module that opening the backend uses. */
  interface Glue {
    readonly HEAPU8: Uint8Array;
    /** The exports of the wasm. */
    readonly asm: { readonly memory: WebAssembly.Memory };
    cwrap(
      name: string,
      returns: "number" | null,
      parameters: "number"[],
    ): (...values: number[]) => number;
    /** The library's own init adds this table; `BackendWasm` and the kernels call through it. */
    tfjs: Record<string, (...values: number[]) => number>;
  }
  export default function factory(options: {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ): WebAssembly.Exports;
  }): Promise<Glue>;
}

declare module "@tensorflow/tfjs-backend-wasm/dist/backend_wasm" {
  import type { DataId, DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
  import type { Glue } from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js";
  export class BackendWasm extends KernelBackend {
    readonly wasm: Glue;
    constructor(module: Glue);
    /** Address of the data in the heap, in bytes. */
    getMemoryOffset(dataId: DataId): number;
    /** Allocates a tensor without initializing it. */
    makeOutput(shape: number[], dtype: DataType): TensorInfo;
  }
}
