/** The package's own types name none of the hooks, and of libde265 no pointers from numbers. */
declare module "libheif-js/libheif-wasm/libheif.js" {
  /** What the factory gets. */
  interface Hooks {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: { exports: WebAssembly.Exports }) => void,
    ): WebAssembly.Exports;
    print(line: string): void;
    printErr(line: string): void;
  }
  /** Functions of libde265's de265.h. Pointers are numbers; errors are numbers, 0 where there is none. */
  export interface Codec {
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _de265_new_decoder(): number;
    _de265_free_decoder(decoder: number): number;
    /** The time stamp is two halves of 64 bits. */
    _de265_push_NAL(
      decoder: number,
      data: number,
      bytes: number,
      timeLow: number,
      timeHigh: number,
      userData: number,
    ): number;
    _de265_flush_data(decoder: number): number;
    /** @param more where to store whether there is more to decode */
    _de265_decode(decoder: number, more: number): number;
    /** @returns 0 where there is none */
    _de265_get_next_picture(decoder: number): number;
    /** 0 for grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4. */
    _de265_get_chroma_format(picture: number): number;
    _de265_get_image_width(picture: number, channel: number): number;
    _de265_get_image_height(picture: number, channel: number): number;
    _de265_get_bits_per_pixel(picture: number, channel: number): number;
    /** @param stride where to store the bytes of a row */
    _de265_get_image_plane(picture: number, channel: number, stride: number): number;
    _de265_get_image_matrix_coefficients(picture: number): number;
    _de265_get_image_full_range_flag(picture: number): number;
  }
  const open: (hooks: Hooks) => Codec;
  export default open;
}
