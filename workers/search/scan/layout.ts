/**
 * The items of a shard have slots, numbered from 0. Each `SLOTS` of them form a block, which is the unit of
 * storage and of the scan. In memory a block has, one after the other,
 *
 *     codes      [SLOTS, stride] int8    vectors divided by their scales
 *     scales     [SLOTS] float32         0 for an empty slot
 *     offsets    [SLOTS] float32         which `prepare` computes
 *
 * and in a local space
 *
 *     bias       [SLOTS] float32         minus the density
 *     densities  [3, SLOTS] float32      of densities.ts
 *
 * The database holds codes and scales as one BLOB, and densities as another one: they change more often.
 */
export const SLOTS = 64;

const ROW = SLOTS * Float32Array.BYTES_PER_ELEMENT;

/** Bytes of the codes of a vector: whole SIMD vectors. */
export const strideOf = (width: number): number => Math.ceil(width / 16) * 16;

export const blockOf = (slot: number): number => Math.floor(slot / SLOTS);

/** Where the parts of a block begin, in bytes. */
export function layoutOf(width: number, local: boolean) {
  const stride = strideOf(width);
  const scales = SLOTS * stride;
  const bias = scales + 2 * ROW;
  return {
    stride,
    scales,
    bias,
    densities: bias + ROW,
    blockBytes: local ? bias + 4 * ROW : bias,
    /** Codes and scales, which are stored. */
    codesBytes: scales + ROW,
  };
}

export type Layout = ReturnType<typeof layoutOf>;

export const DENSITIES_BYTES = 3 * ROW;
