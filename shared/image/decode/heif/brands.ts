import { itemTypes } from "./items.ts";
import { Reader } from "./boxes.ts";

const AVIF = /^avi[fs]$/;
/** Brands of pictures and sequences coded in HEVC (ISO/IEC 23008-12, annex B). */
const HEIC = /^he(ic|ix|im|is|vc|vx|vm|vs)$/;
/** Brands of files that may hold pictures of any codec. */
const ANY = /^m(if|sf)[12]$/;
/** Bytes of a file that its brands are looked for in: encoders write up to ten. */
const BRANDS_END = 1024;

/** The brands that a file says that it follows (ISO/IEC 14496-12, 4.3); none where it is of another format. */
export function brandsOf(bytes: Uint8Array): string[] {
  if (bytes.length < 16) return [];
  const reader = new Reader(bytes);
  const size = reader.uint(4);
  if (reader.text(4) !== "ftyp") return [];
  const major = reader.text(4);
  const others = new Reader(bytes.subarray(16, Math.min(size, BRANDS_END)));
  const brands = [major];
  while (others.rest.length >= 4) brands.push(others.text(4));
  return brands;
}

function hasItem(bytes: Uint8Array, type: string): boolean {
  try {
    return [...itemTypes(bytes).values()].includes(type);
  } catch {
    return false;
  }
}

/** The codec of a file's pictures: AV1 or HEVC; null if it is neither. */
export function codecOf(bytes: Uint8Array): "AV1" | "HEVC" | null {
  const brands = brandsOf(bytes);
  const has = (pattern: RegExp) => brands.some((brand) => pattern.test(brand));
  if (has(AVIF)) return "AV1";
  if (has(HEIC)) return "HEVC";
  if (!has(ANY)) return null;
  if (hasItem(bytes, "av01")) return "AV1";
  return hasItem(bytes, "hvc1") ? "HEVC" : null;
}

/**
 * A file that says that it is an AVIF: the codec reads no other, though a picture that AV1 codes may be in a
 * file that does not say so.
 */
export function branded(bytes: Uint8Array): Uint8Array {
  if (brandsOf(bytes).some((brand) => AVIF.test(brand))) return bytes;
  const copy = new Uint8Array(bytes);
  copy.set(new TextEncoder().encode("avif"), 8);
  return copy;
}
