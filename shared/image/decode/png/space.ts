import { spaceOfCicp } from "../colour/cicp.ts";
import { MAX_PROFILE_BYTES, readProfile } from "../colour/profile.ts";
import type { RgbSpace } from "../colour/space.ts";
import type { PngHeader } from "./header.ts";
import { Inflated } from "./inflated.ts";
import type { PngKernel } from "./kernel.ts";

/** Bytes of the name before a profile; behind it are a 0 and the method of compression. */
const MAX_NAME = 79;

/** Bytes that are inflated together. */
const STEP = 16 * 1024;

/**
 * The profile of an iCCP chunk. It begins with its size, so no more than that is inflated.
 *
 * @throws Error where it is cut off, damaged, or larger than those that are read
 */
function inflateProfile(kernel: PngKernel, compressed: Uint8Array): Uint8Array {
  const inflated = new Inflated(kernel, [compressed], kernel.reserve(Inflated.roomFor(STEP)), STEP);
  const take = (count: number) => kernel.view(inflated.take(count), count);
  const head = take(4).slice();
  const size = new DataView(head.buffer).getUint32(0);
  if (size < head.length || size > MAX_PROFILE_BYTES) throw new Error("its size is wrong");
  const profile = new Uint8Array(size);
  profile.set(head);
  for (let at = head.length; at < size; at += STEP)
    profile.set(take(Math.min(STEP, size - at)), at);
  return profile;
}

/** What a PNG's RGB levels mean: cICP goes before iCCP (PNG, third edition, 4.3). gAMA and cHRM are not read. */
export function spaceOfPng({ codePoints, profile }: PngHeader, kernel: PngKernel): RgbSpace | null {
  if (codePoints?.length === 4) return spaceOfCicp(codePoints[0]!, codePoints[1]!);
  if (!profile) return null;
  const name = profile.indexOf(0);
  if (name < 0 || name > MAX_NAME) return null;
  try {
    return readProfile(inflateProfile(kernel, profile.subarray(name + 2)));
  } catch {
    return null;
  }
}
