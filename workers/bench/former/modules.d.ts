/** The jSquash codecs' own types name DOM and Emscripten types that do not exist here. */

interface DecodedImage {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

interface EmscriptenOptions {
  noInitialRun: boolean;
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ): WebAssembly.Exports;
}

declare module "@jsquash/jpeg/codec/dec/mozjpeg_dec.js" {
  export default function factory(options: EmscriptenOptions): Promise<{
    readonly HEAPU8: Uint8Array;
    decode(bytes: Uint8Array, applyOrientation: boolean): DecodedImage | null;
  }>;
}

declare module "@jsquash/webp/codec/dec/webp_dec.js" {
  export default function factory(options: EmscriptenOptions): Promise<{
    readonly HEAPU8: Uint8Array;
    decode(bytes: Uint8Array): DecodedImage | null;
  }>;
}

declare module "@jsquash/png/codec/pkg/squoosh_png_bg.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
