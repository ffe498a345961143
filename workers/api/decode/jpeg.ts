import factory from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import module from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import { decoder } from "./codec.ts";
import { emscriptenOptions } from "./emscripten.ts";

/** Decodes a JPEG and applies its EXIF orientation. */
export const decodeJpeg = decoder(async () => {
  const codec = await factory(emscriptenOptions(module));
  return {
    decode: (bytes, read) => {
      const bitmap = codec.decode(bytes, true);
      return bitmap && read(bitmap);
    },
    heapBytes: () => codec.HEAPU8.length,
  };
});
