import module from "@jsquash/png/codec/pkg/squoosh_png_bg.wasm";
import { type Codec, decoder, type Reader } from "./codec.ts";
import type { Bitmap } from "./toPixels.ts";

interface Exports {
  memory: WebAssembly.Memory;
  decode(pointer: number, length: number): number;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_free(pointer: number, bytes: number, alignment: number): void;
}

/** The part of jSquash's glue that decoding to 8 bits needs, without its copy of the bitmap. */
function open(): Codec {
  let visit: ((bitmap: Bitmap) => void) | undefined;
  const sixteenBits = () => {
    throw new Error("the 16-bit path of the codec is not used");
  };
  const wbg = {
    __wbindgen_memory: sixteenBits,
    __wbg_buffer_a448f833075b71ba: sixteenBits,
    __wbg_newwithbyteoffsetandlength_099217381c451830: sixteenBits,
    __wbindgen_object_drop_ref: () => undefined,
    // new ImageData(data, width, height)
    __wbg_newwithownedu8clampedarrayandsh_91db5987993a08fb(
      pointer: number,
      length: number,
      width: number,
      height: number,
    ) {
      const data = new Uint8Array(wasm.memory.buffer, pointer >>> 0, length >>> 0);
      visit?.({ width: width >>> 0, height: height >>> 0, data });
      wasm.__wbindgen_free(pointer, length, 1);
      return 0;
    },
    __wbindgen_throw: () => {
      throw new Error("the PNG does not decode");
    },
  };
  const { exports } = new WebAssembly.Instance(module, { wbg });
  const wasm = exports as WebAssembly.Exports & Exports;
  return {
    decode<T>(bytes: Uint8Array, read: Reader<T>) {
      let result: T | null = null;
      visit = (bitmap) => {
        result = read(bitmap);
      };
      const pointer = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
      new Uint8Array(wasm.memory.buffer).set(bytes, pointer);
      wasm.decode(pointer, bytes.length);
      return result;
    },
    heapBytes: () => wasm.memory.buffer.byteLength,
  };
}

export const decodePng = decoder(() => Promise.resolve(open()));
