const startsWith = (bytes: Uint8Array, ...start: number[]) =>
  start.every((byte, i) => bytes[i] === byte);

const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** Sizes of the second header of a BMP: two letters before it would take many a text for one. */
const BMP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];

/** Kinds of files that are taken for images, and that are not read. */
const KINDS: { name: string; matches(bytes: Uint8Array): boolean }[] = [
  {
    name: "a TIFF",
    matches: (bytes) => /^(II[*+]\0|MM\0[*+])/.test(textOf(bytes.subarray(0, 4))),
  },
  {
    name: "a BMP",
    matches: (bytes) => startsWith(bytes, 0x42, 0x4d) && BMP_HEADERS.includes(bytes[14] ?? 0),
  },
  {
    name: "an SVG",
    matches: (bytes) =>
      /^\W*<(\?xml|!--|!DOCTYPE svg|svg)/.test(textOf(bytes.subarray(0, 64))) &&
      /<svg[\s>/]/.test(textOf(bytes.subarray(0, 4096))),
  },
  { name: "a PDF", matches: (bytes) => textOf(bytes.subarray(0, 5)) === "%PDF-" },
  {
    name: "a JPEG XL",
    matches: (bytes) =>
      startsWith(bytes, 0xff, 0x0a) || textOf(bytes.subarray(0, 12)) === "\0\0\0\x0cJXL \r\n\x87\n",
  },
  {
    name: "a JPEG 2000",
    matches: (bytes) =>
      startsWith(bytes, 0xff, 0x4f, 0xff, 0x51) ||
      textOf(bytes.subarray(0, 12)) === "\0\0\0\x0cjP  \r\n\x87\n",
  },
];

/**
 * Names the kind of a file that is not read and says what to send instead; null if the kind is unknown.
 *
 * @param read names of the kinds that are read
 */
export function whyRefused(bytes: Uint8Array, read: string): string | null {
  const kind = KINDS.find((candidate) => candidate.matches(bytes));
  if (!kind) return null;
  return `is ${kind.name}, which is not supported: send a ${read}`;
}
