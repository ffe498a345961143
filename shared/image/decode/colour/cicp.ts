import { type Matrix, type RgbSpace, SRGB_CURVE } from "./space.ts";

/** Red, green and blue of BT.2020 and of Display P3 (ITU-T H.273, table 2), adapted from D65 to D50 by Bradford. */
const PRIMARIES: Partial<Record<number, Matrix>> = {
  9: [
    [0.6734802, 0.1656712, 0.1250486],
    [0.2790426, 0.6753445, 0.0456129],
    [-0.0019335, 0.0299828, 0.7968506],
  ],
  12: [
    [0.5151187, 0.2919778, 0.1571035],
    [0.2411892, 0.6922441, 0.0665668],
    [-0.0010505, 0.0418791, 0.7840713],
  ],
};

/** sRGB, and curves of cameras (BT.601, 709 and 2020), which viewers show by sRGB's (ITU-T H.273, table 3). */
const TRANSFERS = [1, 6, 13, 14, 15];

/**
 * What RGB levels mean by code points (ITU-T H.273).
 *
 * @returns null for sRGB, and for what is not known: HDR among it
 */
export function spaceOfCicp(primaries: number, transfer: number): RgbSpace | null {
  const toXyz = PRIMARIES[primaries];
  if (!toXyz || !TRANSFERS.includes(transfer)) return null;
  return { curves: [SRGB_CURVE, SRGB_CURVE, SRGB_CURVE], toXyz };
}
