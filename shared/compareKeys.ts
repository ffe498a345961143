/** UTF-16 puts the halves of characters beyond U+FFFF before U+E000, UTF-8 puts those characters last. */
const inUtf8 = (unit: number) =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;

/** Compares keys by the bytes of their UTF-8, as R2 and SQLite order them. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = inUtf8(a.charCodeAt(i)) - inUtf8(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
