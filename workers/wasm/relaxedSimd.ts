/** A wasm module whose only function uses i8x16.relaxed_swizzle. */
const PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

/**
 * Whether the runtime has relaxed SIMD. workerd forbids compiling bytes, but not validating them. It compiles
 * every bundled module at start, so a runtime without relaxed SIMD needs a bundle without that build.
 */
export const RELAXED_SIMD = WebAssembly.validate(PROBE);
