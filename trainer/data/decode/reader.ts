import { readFileSync } from "node:fs";
import { ImageReader } from "../../../shared/image/decode/imageReader.ts";

const compile = (file: URL) => new WebAssembly.Module(readFileSync(file));

/** Reads images by the very WebAssembly that the Worker imports. */
export const openReader = (): ImageReader =>
  new ImageReader({
    resample: compile(
      new URL("../../../shared/image/resample/build/resample.wasm", import.meta.url),
    ),
    jpeg: compile(
      new URL("../../../node_modules/@cwasm/jpeg-turbo/jpeg-turbo.wasm", import.meta.url),
    ),
    webp: compile(new URL("../../../node_modules/@cwasm/webp/webp.wasm", import.meta.url)),
  });
