import { roundUp } from "./arena.ts";

const PAGE = 65_536;
const ALIGNMENT = 16;

type Numbers = Int8Array | Uint8Array | Int32Array | Float32Array | Float64Array;

/** Appends constants to a memory, behind the planned buffers. */
export class Constants {
  /**
   * @param staging the first address that `stage` may use
   * @param next the first address for constants
   */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly staging: number,
    private next: number,
  ) {}

  /** Reserves zeroed bytes for constants and grows the memory if needed. @returns the address */
  reserve(bytes: number): number {
    const address = roundUp(this.next, ALIGNMENT);
    this.next = address + bytes;
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  /** Stores numbers as constants. @returns the address */
  put(numbers: Numbers): number {
    const address = this.reserve(numbers.byteLength);
    this.write(numbers, address);
    return address;
  }

  /**
   * Copies numbers temporarily to the place of later activations. The next call of `stage` overwrites them.
   *
   * @returns an address per part
   */
  stage(...parts: Numbers[]): number[] {
    let next = this.staging;
    return parts.map((numbers) => {
      const address = roundUp(next, ALIGNMENT);
      next = address + numbers.byteLength;
      this.write(numbers, address);
      return address;
    });
  }

  /** Bytes that `stage` needs for parts of these lengths. */
  static staged(...bytes: number[]): number {
    return bytes.reduce((sum, length) => sum + roundUp(length, ALIGNMENT), ALIGNMENT);
  }

  /** Copies float64 values that the kernel has written. */
  readFloat64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length).slice();
  }

  private write(numbers: Numbers, address: number): void {
    new Uint8Array(this.memory.buffer, address, numbers.byteLength).set(
      new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    );
  }
}
