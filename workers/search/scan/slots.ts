/** A set of slots, one bit each, as the kernel reads it. */
export class SlotSet {
  readonly words: Uint32Array;

  /** @param blocks of 64 slots */
  constructor(blocks: number) {
    this.words = new Uint32Array(2 * blocks);
  }

  add(slot: number): void {
    this.words[slot >>> 5]! |= 1 << (slot & 31);
  }
}
