import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ImageReader } from "../../../shared/image/decode/imageReader.ts";
import type { Modules } from "../../../shared/image/decode/modules.ts";

const FILES: Record<keyof Modules, URL> = {
  resample: new URL("../../../shared/image/resample/build/resample.wasm", import.meta.url),
  jpeg: new URL("../../../node_modules/@cwasm/jpeg-turbo/jpeg-turbo.wasm", import.meta.url),
  means: new URL("../../../shared/image/decode/jpeg/means/build/means.wasm", import.meta.url),
  png: new URL("../../../shared/image/decode/png/build/png.wasm", import.meta.url),
  webp: new URL("../../../node_modules/@cwasm/webp/webp.wasm", import.meta.url),
  avif: new URL("../../../node_modules/@jsquash/avif/codec/dec/avif_dec.wasm", import.meta.url),
  heic: new URL("../../../node_modules/libheif-js/libheif-wasm/libheif.wasm", import.meta.url),
};

const compile = (file: URL) => new WebAssembly.Module(readFileSync(file));

/** Opens a reader of images that runs the same WebAssembly as the Worker. */
export const openReader = (): ImageReader =>
  new ImageReader({
    resample: compile(FILES.resample),
    jpeg: compile(FILES.jpeg),
    means: compile(FILES.means),
    png: compile(FILES.png),
    webp: compile(FILES.webp),
    avif: compile(FILES.avif),
    heic: compile(FILES.heic),
  });

/** SHA-256 of the WebAssembly that reads images. */
export function readerDigest(): string {
  const hash = createHash("sha256");
  for (const file of Object.values(FILES)) hash.update(readFileSync(file));
  return hash.digest("hex");
}
