import { spaceOfCicp } from "../colour/cicp.ts";
import { MAX_PROFILE_BYTES, readProfile } from "../colour/profile.ts";
import type { RgbSpace } from "../colour/space.ts";
import { inflate } from "../inflate.ts";
import type { PngHeader } from "./header.ts";

/** Bytes of the name before a profile; behind it are a 0 and the method of compression. */
const MAX_NAME = 79;

/** Compressed bytes that are inflated together: they make a megabyte at most. */
const STEP = 1024;

function* partsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += STEP) yield bytes.subarray(at, at + STEP);
}

/**
 * The profile of an iCCP chunk. It begins with its size, so no more than that is inflated.
 *
 * @throws Error where it is cut off, damaged, or larger than those that are read
 */
function inflateProfile(compressed: Uint8Array): Uint8Array {
  const profile = new Uint8Array(MAX_PROFILE_BYTES);
  const view = new DataView(profile.buffer);
  let filled = 0;
  inflate([...partsOf(compressed)], (part) => {
    const fitting = part.subarray(0, MAX_PROFILE_BYTES - filled);
    profile.set(fitting, filled);
    filled += fitting.length;
    return filled === MAX_PROFILE_BYTES || (filled >= 4 && filled >= view.getUint32(0));
  });
  if (view.getUint32(0) > filled) throw new Error("it is too large");
  return profile.subarray(0, view.getUint32(0));
}

/** What a PNG's RGB levels mean: cICP goes before iCCP (PNG, third edition, 4.3). gAMA and cHRM are not read. */
export function spaceOfPng({ codePoints, profile }: PngHeader): RgbSpace | null {
  if (codePoints?.length === 4) return spaceOfCicp(codePoints[0]!, codePoints[1]!);
  if (!profile) return null;
  const name = profile.indexOf(0);
  if (name < 0 || name > MAX_NAME) return null;
  try {
    return readProfile(inflateProfile(profile.subarray(name + 2)));
  } catch {
    return null;
  }
}
