import open, { type Codec } from "libheif-js/libheif-wasm/libheif.js";
import type { Instance } from "../kept.ts";
import { withLimit } from "../memoryLimit.ts";
import type { Coding } from "./colours.ts";

/** What decoding takes besides a step for each unit, and more. */
const STEPS = 16;

/** Samples of one kind of a picture: brightness or a colour. */
interface Plane {
  pointer: number;
  /** Bytes of a row. */
  stride: number;
  width: number;
  height: number;
}

/** A decoded picture, which lies in the codec's memory until it is closed. */
export interface Picture {
  width: number;
  height: number;
  /** Bits of a sample. */
  bits: number;
  /** 0 for grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4. */
  chroma: number;
  /** How the coded data say that colours are coded. */
  coding: Coding;
  /** The samples of a row: brightness, and two colours where it has any. Good until more is decoded. */
  row: (y: number) => (Uint8Array | Uint16Array)[];
  close(): void;
}

/**
 * libde265, which decodes HEVC, out of libheif-js' build of libheif with Emscripten. libheif itself is not
 * used: it holds a whole picture in several forms at a time.
 */
export class LibDe265 implements Instance {
  private readonly codec: Codec;
  /** Four bytes for what functions store. */
  private readonly word: number;
  /** Bytes that the heap may grow to. */
  private limit = Infinity;

  constructor(module: WebAssembly.Module) {
    const silent = () => undefined;
    this.codec = open({
      instantiateWasm: (imports, done) => {
        const { exports } = new WebAssembly.Instance(module, imports);
        done({ exports: withLimit(exports, () => this.limit) });
        return exports;
      },
      print: silent,
      printErr: silent,
    });
    this.word = this.codec._malloc(4);
  }

  get heapBytes(): number {
    return this.codec.HEAPU8.length;
  }

  /**
   * @param units network abstraction layer units of one picture, parameter sets first
   * @param limit bytes of memory that the codec may have: units may tell of a larger picture than the file does
   * @throws Error where it does not decode
   */
  decode(units: readonly Uint8Array[], limit: number): Picture {
    this.limit = limit;
    const { codec } = this;
    const decoder = codec._de265_new_decoder();
    if (decoder === 0) throw new Error("it takes too much memory");
    for (const unit of units) this.push(decoder, unit);
    codec._de265_flush_data(decoder);
    // Each step decodes a unit or moves the picture on. The codec may say for ever that there is more.
    for (let steps = STEPS + units.length; steps > 0; steps--) {
      if (codec._de265_decode(decoder, this.word) !== 0) throw new Error("it is damaged");
      const picture = codec._de265_get_next_picture(decoder);
      if (picture !== 0) return this.open(decoder, picture);
    }
    throw new Error("it is cut off or damaged");
  }

  private push(decoder: number, unit: Uint8Array): void {
    const { codec } = this;
    const data = codec._malloc(unit.length);
    if (data === 0) throw new Error("it takes too much memory");
    codec.HEAPU8.set(unit, data);
    const failed = codec._de265_push_NAL(decoder, data, unit.length, 0, 0, 0);
    codec._free(data);
    if (failed) throw new Error("it is damaged");
  }

  private open(decoder: number, picture: number): Picture {
    const { codec, word } = this;
    const chroma = codec._de265_get_chroma_format(picture);
    const bits = codec._de265_get_bits_per_pixel(picture, 0);
    const plane = (channel: number): Plane => {
      if (codec._de265_get_bits_per_pixel(picture, channel) !== bits) {
        throw new Error("its brightness and its colours have different depths");
      }
      const pointer = codec._de265_get_image_plane(picture, channel, word);
      return {
        pointer,
        stride: new DataView(codec.HEAPU8.buffer).getInt32(word, true),
        width: codec._de265_get_image_width(picture, channel),
        height: codec._de265_get_image_height(picture, channel),
      };
    };
    const planes = (chroma === 0 ? [0] : [0, 1, 2]).map(plane);
    const samples = ({ pointer, stride, width, height }: Plane, y: number) => {
      const at = pointer + Math.min(y, height - 1) * stride;
      const { buffer } = codec.HEAPU8;
      return bits > 8 ? new Uint16Array(buffer, at, width) : new Uint8Array(buffer, at, width);
    };
    const { width, height } = planes[0]!;
    const rowsOfChroma = chroma === 1 ? 2 : 1;
    return {
      ...{ width, height, bits, chroma },
      coding: {
        matrix: codec._de265_get_image_matrix_coefficients(picture),
        fullRange: codec._de265_get_image_full_range_flag(picture) !== 0,
      },
      row: (y) =>
        planes.map((it, channel) => samples(it, channel === 0 ? y : Math.floor(y / rowsOfChroma))),
      close: () => void codec._de265_free_decoder(decoder),
    };
  }
}
