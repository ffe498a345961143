import { readFileSync } from "node:fs";
import { PngKernel } from "../../../../../shared/image/decode/png/kernel.ts";

const file = new URL("../../../../../shared/image/decode/png/build/png.wasm", import.meta.url);
const module = new WebAssembly.Module(readFileSync(file));

export const openKernel = () => new PngKernel(module);
