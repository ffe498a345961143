/** The package's own types name some that it does not import. */
declare module "@jsquash/avif/codec/dec/avif_dec.js" {
  /** What the factory gets, and adds the codec's functions to. */
  export interface Codec {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: { exports: WebAssembly.Exports }) => void,
    ): WebAssembly.Exports;
    locateFile(name: string): string;
    print(line: string): void;
    printErr(line: string): void;
    HEAPU8?: Uint8Array<ArrayBuffer>;
    /** @returns null where it does not decode */
    decode?(
      file: Uint8Array,
      bits: 8,
    ): { width: number; height: number; data: Uint8ClampedArray } | null;
  }
  const open: (codec: Codec) => Promise<Codec>;
  export default open;
}
