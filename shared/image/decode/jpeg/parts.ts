import type { Segment } from "./segments.ts";

const START_OF_IMAGE = Uint8Array.of(0xff, 0xd8);
const END_OF_IMAGE = Uint8Array.of(0xff, 0xd9);

/** A JPEG of these segments, in parts. */
export const partsOf = (bytes: Uint8Array, segments: readonly Segment[]): Uint8Array[] => [
  START_OF_IMAGE,
  ...segments.map(({ start, end }) => bytes.subarray(start, end)),
  END_OF_IMAGE,
];
