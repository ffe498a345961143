import jpegFactory from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import jpegModule from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import webpFactory from "@jsquash/webp/codec/dec/webp_dec.js";
import webpModule from "@jsquash/webp/codec/dec/webp_dec.wasm";
import { decoder } from "./codec.ts";

/** Emscripten's options for a precompiled module. */
const optionsFor = (module: WebAssembly.Module): EmscriptenOptions => ({
  noInitialRun: true,
  instantiateWasm(imports, done) {
    const instance = new WebAssembly.Instance(module, imports);
    done(instance);
    return instance.exports;
  },
});

export const decodeJpeg = decoder(async () => {
  const codec = await jpegFactory(optionsFor(jpegModule));
  return {
    decode: (bytes, read) => {
      const bitmap = codec.decode(bytes, true);
      return bitmap && read(bitmap);
    },
    heapBytes: () => codec.HEAPU8.length,
  };
});

export const decodeWebp = decoder(async () => {
  const codec = await webpFactory(optionsFor(webpModule));
  return {
    decode: (bytes, read) => {
      const bitmap = codec.decode(bytes);
      return bitmap && read(bitmap);
    },
    heapBytes: () => codec.HEAPU8.length,
  };
});
