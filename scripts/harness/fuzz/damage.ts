import fc from "fast-check";

/** A change of the bytes of a file. Positions wrap around its length. */
export type Damage =
  | { flip: number; bit: number }
  | { set: number; to: number }
  | { insert: number; bytes: number[] }
  | { erase: number; count: number }
  | { repeat: number; count: number; times: number }
  | { cutTo: number }
  | { cutEnd: number }
  | { prepend: string }
  | { append: string };

/** Bytes with a meaning in image formats. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xfe, 0xff];

/** Favours the first bytes, where headers are. */
const position = fc.oneof(fc.nat(40), fc.nat(700), fc.nat(1_000_000));

/** @param names of samples that may be put before or behind a file */
export const damage = (names: readonly string[]): fc.Arbitrary<Damage> =>
  fc.oneof(
    fc.record({ flip: position, bit: fc.nat(7) }),
    fc.record({ set: position, to: fc.oneof(fc.constantFrom(...TELLING), fc.nat(255)) }),
    fc.record({ insert: position, bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }) }),
    fc.record({ erase: position, count: fc.integer({ min: 1, max: 400 }) }),
    fc.record({
      repeat: position,
      count: fc.integer({ min: 1, max: 200 }),
      times: fc.integer({ min: 1, max: 300 }),
    }),
    fc.record({ cutTo: position }),
    fc.record({ cutEnd: fc.oneof(fc.nat(12), position) }),
    fc.record({ prepend: fc.constantFrom(...names) }),
    fc.record({ append: fc.constantFrom(...names) }),
  );

/** Replaces `count` bytes. */
const splice = (bytes: Buffer, at: number, count: number, ...others: Uint8Array[]) =>
  Buffer.concat([bytes.subarray(0, at), ...others, bytes.subarray(at + count)]);

/** Applies a damage to a file. @param sample finds the bytes of a sample by its name */
export function harm(bytes: Buffer, what: Damage, sample: (name: string) => Buffer): Buffer {
  const { length } = bytes;
  const wrap = (at: number) => (length > 0 ? at % length : 0);
  const byte = (at: number, value: number) => splice(bytes, wrap(at), 1, Buffer.of(value));
  if ("flip" in what) return byte(what.flip, (bytes[wrap(what.flip)] ?? 0) ^ (1 << what.bit));
  if ("set" in what) return byte(what.set, what.to);
  if ("insert" in what) return splice(bytes, wrap(what.insert), 0, Buffer.from(what.bytes));
  if ("erase" in what) return splice(bytes, wrap(what.erase), what.count);
  if ("repeat" in what) {
    const at = wrap(what.repeat);
    const part = bytes.subarray(at, at + what.count);
    return splice(bytes, at, 0, ...Array.from({ length: what.times }, () => part));
  }
  if ("cutTo" in what) return bytes.subarray(0, wrap(what.cutTo));
  if ("cutEnd" in what) return bytes.subarray(0, length - wrap(what.cutEnd));
  if ("prepend" in what) return Buffer.concat([sample(what.prepend), bytes]);
  return Buffer.concat([bytes, sample(what.append)]);
}
