import { layoutOf, SLOTS, type Layout } from "./layout.ts";

/** Largest codes, of 8 bits with their sign, and of a query, 7 bits with their sign. */
const MOST = 127;
const MOST_QUERY = 63;

/** What stands for zero in a query. */
const QUERY_ZERO = 64;

const largest = (vector: Float32Array): number =>
  vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Codes and scales of a block of vectors, as they are stored. */
export class Codes {
  private readonly codes: Int8Array;
  private readonly scales: Float32Array;
  private readonly layout: Layout;

  /** @param buffer what is changed; a new block is all zeros, which is empty */
  constructor(
    private readonly width: number,
    readonly buffer: ArrayBuffer = new ArrayBuffer(layoutOf(width, false).codesBytes),
  ) {
    this.layout = layoutOf(width, false);
    if (buffer.byteLength !== this.layout.codesBytes) {
      throw new Error(
        `a block of width ${width} has ${buffer.byteLength} bytes, not ${this.layout.codesBytes}`,
      );
    }
    this.codes = new Int8Array(buffer, 0, this.layout.scales);
    this.scales = new Float32Array(buffer, this.layout.scales, SLOTS);
  }

  /** @param slot within the block */
  put(slot: number, vector: Float32Array): void {
    if (vector.length !== this.width) {
      throw new Error(`a vector has ${vector.length} numbers; the space has ${this.width}`);
    }
    // Any scale but 0 would do for a vector of zeros.
    const scale = largest(vector) / MOST || 1;
    const from = slot * this.layout.stride;
    for (let i = 0; i < vector.length; i++) this.codes[from + i] = Math.round(vector[i]! / scale);
    this.scales[slot] = scale;
  }

  clear(slot: number): void {
    const from = slot * this.layout.stride;
    this.codes.fill(0, from, from + this.layout.stride);
    this.scales[slot] = 0;
  }
}

/** Quantizes a query. @param to as many bytes as the codes of a vector @returns its scale */
export function quantizeQuery(query: Float32Array, to: Uint8Array): number {
  const scale = largest(query) / MOST_QUERY || 1;
  to.fill(QUERY_ZERO);
  for (let i = 0; i < query.length; i++) to[i] = QUERY_ZERO + Math.round(query[i]! / scale);
  return scale;
}
