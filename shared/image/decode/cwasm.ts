/** What the codecs of @cwasm export besides their own functions. */
export interface Allocator {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
}

const refuse = () => {
  throw new Error("it is damaged");
};

/** The codecs were compiled for WASI, from which they need nothing to decode with. */
const wasi = {
  environ_sizes_get: () => 0,
  environ_get: refuse,
  proc_exit: refuse,
  fd_close: refuse,
  fd_seek: refuse,
  fd_write: refuse,
};

/** A codec of @cwasm. A fatal error throws and leaves the instance useless. */
export function openCwasm<T extends Allocator>(module: WebAssembly.Module): T {
  const env = { setjmp: () => 0, longjmp: refuse };
  const { exports } = new WebAssembly.Instance(module, { env, wasi_snapshot_preview1: wasi });
  return exports as WebAssembly.Exports & T;
}

/**
 * Memory of a codec, for as long as `work` runs.
 *
 * @throws Error where it has too little
 */
export function withMemory<R>(codec: Allocator, bytes: number, work: (at: number) => R): R {
  const at = codec.malloc(bytes) >>> 0;
  if (at === 0) throw new Error("it takes too much memory");
  const result = work(at);
  codec.free(at);
  return result;
}
