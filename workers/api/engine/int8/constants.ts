import { roundUp } from "./arena.ts";

const PAGE = 65_536;

/** Numbers that stay in a memory, one after the other behind what was planned. */
export class Constants {
  constructor(
    private readonly memory: WebAssembly.Memory,
    private next: number,
  ) {}

  /** Copies numbers into the memory, which grows for them. @returns their address */
  put(numbers: Int8Array | Uint8Array | Int32Array | Float32Array): number {
    const address = roundUp(this.next, 16);
    this.next = address + numbers.byteLength;
    const missing = this.next - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(this.memory.buffer, address, numbers.byteLength).set(
      new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    );
    return address;
  }
}
