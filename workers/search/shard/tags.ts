import type { Metadata, Scalar } from "../../protocol/metadata.ts";

/**
 * Metadata as texts that compare like the scalars: numbers with numbers, and strings with strings by their bytes
 * of UTF-8. The first letter is the type.
 */
export function tagOf(scalar: Scalar): string {
  if (typeof scalar === "number") return `n${orderedHex(scalar)}`;
  if (typeof scalar === "boolean") return scalar ? "b1" : "b0";
  return `s${escaped(scalar)}`;
}

/** The texts of a type lie from the first, and before the second. */
export const rangeOf = (scalar: number | string): [string, string] =>
  typeof scalar === "number" ? ["n", "o"] : ["s", "t"];

/** Keys and tags of metadata, each once. */
export function tagsOf(metadata: Metadata): [key: string, tag: string][] {
  return Object.entries(metadata).flatMap(([key, value]) => {
    const tags = new Set([value].flat().map(tagOf));
    return [...tags].map((tag): [string, string] => [key, tag]);
  });
}

/** The bits of a number, changed so that larger numbers have larger ones. */
function orderedHex(number: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // -0 becomes 0, which is equal to it.
  view.setFloat64(0, number + 0);
  const bits = view.getBigUint64(0);
  const sign = 1n << 63n;
  const ordered = bits & sign ? BigInt.asUintN(64, ~bits) : bits | sign;
  return ordered.toString(16).padStart(16, "0");
}

/** Without U+0000, at which SQLite may end a text, and halves of characters, which UTF-8 has not. Keeps the order. */
const escaped = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these are meant
    .replace(/[\0\x01]/g, (character) => `\x01${character === "\0" ? "\x01" : "\x02"}`)
    .replace(/\p{Cs}/gu, "\uFFFD");
