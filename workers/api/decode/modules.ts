import jpeg from "@cwasm/jpeg-turbo/jpeg-turbo.wasm";
import webp from "@cwasm/webp/webp.wasm";
import avif from "@jsquash/avif/codec/dec/avif_dec.wasm";
import heic from "libheif-js/libheif-wasm/libheif.wasm";
import means from "../../../shared/image/decode/jpeg/means/build/means.wasm";
import png from "../../../shared/image/decode/png/build/png.wasm";
import resample from "../../../shared/image/resample/build/resample.wasm";
import type { Modules } from "../../../shared/image/decode/modules.ts";

export const modules: Modules = { resample, jpeg, means, png, webp, avif, heic };
