import { roundUp } from "./arena.ts";

const PAGE = 65_536;
const ALIGNMENT = 16;

type Numbers = Int8Array | Uint8Array | Int32Array | Float32Array | Float64Array;

/** Numbers that stay in a memory, one after the other behind what was planned. */
export class Constants {
  /**
   * @param staging the first of the bytes that `stage` may use
   * @param next the first byte that stays free for constants
   */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly staging: number,
    private next: number,
  ) {}

  /** Room for constants, zeros at first; the memory grows for them. @returns its address */
  reserve(bytes: number): number {
    const address = roundUp(this.next, ALIGNMENT);
    this.next = address + bytes;
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  /** Copies numbers into the memory. @returns their address */
  put(numbers: Numbers): number {
    const address = this.reserve(numbers.byteLength);
    this.write(numbers, address);
    return address;
  }

  /**
   * Copies numbers to where activations will be, for the kernel to read until the next call of
   * `stage`. @returns their addresses
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

  /** The bytes that `stage` takes for parts of these lengths. */
  static staged(...bytes: number[]): number {
    return bytes.reduce((sum, length) => sum + roundUp(length, ALIGNMENT), ALIGNMENT);
  }

  /** What the kernel has written. */
  readFloat64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length).slice();
  }

  private write(numbers: Numbers, address: number): void {
    new Uint8Array(this.memory.buffer, address, numbers.byteLength).set(
      new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    );
  }
}
