import factory from "@jsquash/webp/codec/dec/webp_dec.js";
import module from "@jsquash/webp/codec/dec/webp_dec.wasm";
import { decoder } from "./codec.ts";
import { emscriptenOptions } from "./emscripten.ts";

export const decodeWebp = decoder(async () => {
  const codec = await factory(emscriptenOptions(module));
  return {
    decode: (bytes, read) => {
      const bitmap = codec.decode(bytes);
      return bitmap && read(bitmap);
    },
    heapBytes: () => codec.HEAPU8.length,
  };
});
