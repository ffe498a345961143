/** The WebAssembly that pictures are decoded with: a Worker imports it, the trainer compiles it. */
export interface Modules {
  /** resample/build/resample.wasm */
  resample: WebAssembly.Module;
  /** @cwasm/jpeg-turbo/jpeg-turbo.wasm */
  jpeg: WebAssembly.Module;
  /** jpeg/means/build/means.wasm */
  means: WebAssembly.Module;
  /** png/build/png.wasm */
  png: WebAssembly.Module;
  /** @cwasm/webp/webp.wasm */
  webp: WebAssembly.Module;
  /** @jsquash/avif/codec/dec/avif_dec.wasm */
  avif: WebAssembly.Module;
  /** libheif-js/libheif-wasm/libheif.wasm */
  heic: WebAssembly.Module;
}
